import type {RuleMeta} from './meta.ts';

/** What installing leaves behind. */
export const cacheRules = {
	'no-apt-lists': {
		title: "apt's lists of packages stay in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3009', 'DKL-DI-0005', 'apt_get_install_lists_were_not_deleted'],
	},
	'no-apk-cache': {
		title: "apk's index stays in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3019', 'DS-0025', 'DKL-DI-0004', 'apk_add_using_local_cache_path'],
	},
	'no-yum-cache': {
		title: "yum's index stays in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3032', 'DS-0015', 'yum_clean_all_missing'],
	},
	'no-dnf-cache': {
		title: "dnf's index stays in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3040', 'DS-0019', 'DS-0027', 'missing_dnf_clean_all'],
	},
	'no-zypper-cache': {
		title: "zypper's index stays in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3036', 'DS-0020', 'missing_zypper_clean'],
	},
	'no-pip-cache': {
		title: "pip's downloads stay in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3042', 'pip_install_keeping_cached_packages'],
	},
	'no-npm-cache': {
		title: "npm's or yarn's downloads stay in the layer",
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3060'],
	},
	'no-build-cache': {
		title: 'What a compiler or package manager downloaded stays in the layer',
		severity: 'low',
		fix: 'yes',
	},
	'clean-after-install': {
		title: 'The clean-up comes before the last install',
		severity: 'low',
		fix: 'yes',
	},
	'update-with-install': {
		title: 'The package index is updated in a layer of its own',
		severity: 'medium',
		fix: 'yes',
		control: 'build-update-not-alone',
		aliases: ['DS-0017', 'CKV_DOCKER_5', 'update_instruction_alone', 'CIS-DI-0007'],
	},
	'apk-virtual-removed': {
		title: 'What only a build needs stays in the image',
		severity: 'low',
		fix: 'no',
	},
	'no-leftover-archives': {
		title: 'An archive stays beside what was unpacked from it',
		severity: 'low',
		fix: 'yes',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
