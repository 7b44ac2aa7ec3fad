import type {RuleMeta} from './meta.ts';

/** How packages are installed. */
export const packageRules = {
	'apt-versions-pinned': {
		title: 'apt-get install without pinned versions',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3008'],
	},
	'apk-versions-pinned': {
		title: 'apk add without pinned versions',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3018'],
	},
	'rpm-versions-pinned': {
		title: 'yum/dnf/microdnf/tdnf install without pinned versions',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3033', 'DL3041'],
	},
	'zypper-versions-pinned': {
		title: 'zypper install without versions',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3037'],
	},
	'pip-versions-pinned': {
		title: 'pip install without versions / hashes',
		severity: 'medium',
		fix: 'opt-in',
		aliases: ['DL3013'],
	},
	'npm-versions-pinned': {
		title: 'npm install of unpinned package',
		severity: 'medium',
		fix: 'opt-in',
		aliases: ['DL3016'],
	},
	'gem-versions-pinned': {
		title: 'gem install without version',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3028'],
	},
	'go-versions-pinned': {
		title: 'go install/run without @version',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3062'],
	},
	'other-versions-pinned': {
		title: 'cargo install / composer / uv / pnpm without lock or version',
		severity: 'low',
		fix: 'opt-in',
	},
	'lockfile-install': {
		title:
			'Lock-file-ignoring install (npm install, yarn without --immutable, pnpm without --frozen-lockfile) when a lock file is copied',
		severity: 'medium',
		fix: 'yes',
		control: 'build-lockfile-install',
	},
	'no-apt-command': {
		title: 'apt used instead of apt-get',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3027', 'CKV_DOCKER_9', 'run_using_apt'],
	},
	'apt-assume-yes': {
		title: 'apt-get install lacks -y',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3014', 'DS-0021'],
	},
	'dnf-assume-yes': {
		title: 'yum/dnf install lacks -y',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3030', 'DL3038'],
	},
	'zypper-non-interactive': {
		title: 'zypper lacks non-interactive switch',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3034'],
	},
	'apt-no-recommends': {
		title: 'apt-get install lacks --no-install-recommends',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3015', 'DS-0029'],
	},
	'no-upgrade': {
		title:
			'apt-get upgrade / dist-upgrade / apk upgrade / yum update / dnf update / zypper update in a build',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3035', 'DS-0024', 'DKL-DI-0003'],
	},
	'update-before-install': {
		title: 'apt install precedes any update in the layer',
		severity: 'medium',
		fix: 'yes',
	},
	'sorted-packages': {
		title: 'Package list unsorted',
		severity: 'info',
		fix: 'yes',
	},
	'production-install': {
		title: 'NODE_ENV/--omit=dev (composer --no-dev, bundle without development) missing in production stage',
		severity: 'medium',
		fix: 'yes',
	},
	'no-debug-extensions': {
		title: 'Xdebug/debug builds in the final image',
		severity: 'medium',
		fix: 'opt-in',
	},
	'configure-build': {
		title: './configure without --build',
		severity: 'info',
		fix: 'no',
	},
	'telemetry-off': {
		title: 'Vendor telemetry left on',
		severity: 'info',
		fix: 'yes',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
