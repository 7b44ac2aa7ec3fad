import type {RuleMeta} from './meta.ts';

/** What installing leaves behind. */
export const cacheRules = {
	'no-apt-lists': {
		title: 'apt lists/caches left in layer',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3009', 'DKL-DI-0005'],
	},
	'no-apk-cache': {
		title: 'apk add lacks --no-cache and no cache mount',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3019', 'DS-0025', 'DKL-DI-0004'],
	},
	'no-yum-cache': {
		title: 'yum clean all missing',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3032', 'DS-0015'],
	},
	'no-dnf-cache': {
		title: 'dnf/microdnf clean all missing',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3040', 'DS-0019', 'DS-0027'],
	},
	'no-zypper-cache': {
		title: 'zypper clean missing',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3036', 'DS-0020'],
	},
	'no-pip-cache': {
		title: 'pip cache kept (no --no-cache-dir and no cache mount)',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3042'],
	},
	'no-npm-cache': {
		title: 'yarn/npm cache kept',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3060'],
	},
	'no-build-cache': {
		title: 'gem/bundler/rvm/go/cargo/maven/gradle/composer cache kept or not mounted',
		severity: 'low',
		fix: 'yes',
	},
	'clean-after-install': {
		title: 'Cache clean placed before the install, so it does nothing',
		severity: 'low',
		fix: 'yes',
	},
	'update-with-install': {
		title: 'Package-index update alone in its own layer',
		severity: 'medium',
		fix: 'yes',
		control: 'build-update-not-alone',
		aliases: ['DS-0017', 'CKV_DOCKER_5', 'update_instruction_alone', 'CIS-DI-0007'],
	},
	'apk-virtual-removed': {
		title: 'apk add of build deps without --virtual and removal',
		severity: 'low',
		fix: 'yes',
	},
	'no-leftover-archives': {
		title:
			'GPG verify files, source trees, archives left after use (mktemp, /usr/src, *.tar, *.asc, /root/.gem)',
		severity: 'low',
		fix: 'yes',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
