import type {RuleMeta} from './meta.ts';

/** What comes over the network. */
export const downloadRules = {
	'curl-verifies-tls': {
		title: 'curl accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_2'],
	},
	'wget-verifies-tls': {
		title: 'wget accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_3'],
	},
	'git-verifies-tls': {
		title: 'git accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_14'],
	},
	'node-verifies-tls': {
		title: 'Node accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_6'],
	},
	'npm-verifies-tls': {
		title: 'npm, pnpm or yarn accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_12', 'CKV2_DOCKER_13'],
	},
	'pip-verifies-tls': {
		title: 'pip or uv accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_4', 'CKV2_DOCKER_16'],
	},
	'python-verifies-tls': {
		title: 'Python or conda accepts any certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_5'],
	},
	'no-plain-http': {
		title: 'Download over http:// that nothing protects',
		severity: 'medium',
		fix: 'opt-in',
	},
	'no-pipe-to-shell': {
		title: 'Download piped into a shell',
		severity: 'high',
		fix: 'no',
		control: 'build-no-pipe-to-shell',
	},
	'verified-downloads': {
		title: 'Download used without a check of its checksum or signature',
		severity: 'medium',
		fix: 'no',
	},
	'curl-fails-on-error': {
		title: 'curl saves HTTP errors as files',
		severity: 'low',
		fix: 'yes',
	},
	'curl-follows-redirects': {
		title: 'curl does not follow redirects',
		severity: 'low',
		fix: 'yes',
	},
	'download-retries': {
		title: 'curl gives up at the first failure',
		severity: 'info',
		fix: 'yes',
	},
	'quiet-wget': {
		title: 'wget floods the log with its progress',
		severity: 'info',
		fix: 'yes',
		aliases: ['DL3047'],
	},
	'one-downloader': {
		title: 'Both curl and wget in one stage',
		severity: 'info',
		fix: 'no',
		aliases: ['DL4001', 'DS-0014', 'run_using_wget_and_curl'],
	},
	'add-unpack': {
		title: 'Archive unpacked by hand instead of by ADD',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3010'],
	},
	'offline-install': {
		title: 'Install without the network that still has one',
		severity: 'info',
		fix: 'opt-in',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
