import type {RuleMeta} from './meta.ts';

/** What comes over the network. */
export const downloadRules = {
	'curl-verifies-tls': {
		title: 'curl -k / --insecure',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_2'],
	},
	'wget-verifies-tls': {
		title: 'wget --no-check-certificate',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_3'],
	},
	'git-verifies-tls': {
		title: 'ENV GIT_SSL_NO_VERIFY or git -c http.sslVerify=false',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_14'],
	},
	'node-verifies-tls': {
		title: 'NODE_TLS_REJECT_UNAUTHORIZED=0',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_6'],
	},
	'npm-verifies-tls': {
		title: 'npm/yarn strict-ssl=false, NPM_CONFIG_STRICT_SSL',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_12', 'CKV2_DOCKER_13'],
	},
	'pip-verifies-tls': {
		title: 'pip --trusted-host / PIP_TRUSTED_HOST',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_4', 'CKV2_DOCKER_16'],
	},
	'python-verifies-tls': {
		title: 'PYTHONHTTPSVERIFY=0',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_5'],
	},
	'no-plain-http': {
		title: 'Plain http:// download in RUN, ADD or repo setup',
		severity: 'medium',
		fix: 'opt-in',
	},
	'no-pipe-to-shell': {
		title: 'curl or wget piped into a shell',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-no-pipe-to-shell',
	},
	'verified-downloads': {
		title: 'Downloaded artefact is executed/unpacked without checksum or signature check',
		severity: 'medium',
		fix: 'opt-in',
		aliases: ['curl_or_wget_instead_of_add'],
	},
	'curl-fails-on-error': {
		title: 'curl without -f, so HTTP errors become files',
		severity: 'low',
		fix: 'yes',
	},
	'curl-follows-redirects': {
		title: 'curl without -L',
		severity: 'low',
		fix: 'yes',
	},
	'download-retries': {
		title: 'curl/wget without retry settings',
		severity: 'info',
		fix: 'yes',
	},
	'quiet-wget': {
		title: 'wget without --progress/-q floods logs',
		severity: 'info',
		fix: 'yes',
		aliases: ['DL3047'],
	},
	'one-downloader': {
		title: 'Both curl and wget in one stage',
		severity: 'info',
		fix: 'no',
		aliases: ['DL4001', 'DS-0014'],
	},
	'add-unpack': {
		title: 'Download+unpack in RUN instead of ADD --unpack/--checksum; ADD preferred for local tar',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3010'],
	},
	'offline-install': {
		title: 'RUN that installs only from local inputs could use --network=none',
		severity: 'info',
		fix: 'opt-in',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
