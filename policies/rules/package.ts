import type {RuleMeta} from './meta.ts';

/** How packages are installed. */
export const packageRules = {
	'apt-versions-pinned': {
		title: 'Packages of apt without versions',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3008', 'apt_get_install_pin_version_not_defined'],
	},
	'apk-versions-pinned': {
		title: 'Packages of apk without versions',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3018', 'unpinned_package_version_in_apk_add'],
	},
	'rpm-versions-pinned': {
		title: 'Packages of yum or dnf without versions',
		severity: 'low',
		fix: 'no',
		aliases: [
			'DL3033',
			'DL3041',
			'yum_install_without_version',
			'missing_version_specification_in_dnf_install',
		],
	},
	'zypper-versions-pinned': {
		title: 'Packages of zypper without versions',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3037', 'zypper_install_without_version'],
	},
	'pip-versions-pinned': {
		title: 'Python packages without versions',
		severity: 'medium',
		fix: 'no',
		aliases: ['DL3013', 'unpinned_package_version_in_pip_install'],
	},
	'npm-versions-pinned': {
		title: 'Node packages without versions',
		severity: 'medium',
		fix: 'no',
		aliases: ['DL3016', 'npm_install_without_pinned_version'],
	},
	'gem-versions-pinned': {
		title: 'Ruby gems without versions',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3028', 'gem_install_without_version'],
	},
	'go-versions-pinned': {
		title: 'Go modules without versions',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3062'],
	},
	'other-versions-pinned': {
		title: 'Packages of cargo, composer, uv or conda without versions',
		severity: 'low',
		fix: 'no',
	},
	'lockfile-install': {
		title: 'A lock file is there, and the install does not keep to it',
		severity: 'medium',
		fix: 'yes',
		control: 'build-lockfile-install',
	},
	'no-apt-command': {
		title: 'apt is used where apt-get is meant',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3027', 'CKV_DOCKER_9', 'run_using_apt'],
	},
	'apt-assume-yes': {
		title: 'apt would ask, and nobody answers',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3014', 'DS-0021', 'apt_get_missing_flags_to_avoid_manual_input'],
	},
	'dnf-assume-yes': {
		title: 'yum or dnf would ask, and nobody answers',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3030', 'DL3038', 'yum_install_allows_manual_input', 'missing_flag_from_dnf_install'],
	},
	'zypper-non-interactive': {
		title: 'zypper would ask, and nobody answers',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3034', 'missing_zypper_non_interactive_switch'],
	},
	'apt-no-recommends': {
		title: 'apt also installs what packages recommend',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL3015', 'DS-0029', 'apt_get_not_avoiding_additional_packages'],
	},
	'no-upgrade': {
		title: 'Everything is upgraded during the build',
		severity: 'low',
		fix: 'opt-in',
		aliases: [
			'DL3035',
			'DS-0024',
			'DKL-DI-0003',
			'run_using_upgrade_commands',
			'run_using_dnf_update',
			'use_of_apk_upgrade',
			'yum_update_enabled',
			'run_using_zypper_update',
		],
	},
	'update-before-install': {
		title: 'apt installs from lists of an older layer',
		severity: 'medium',
		fix: 'yes',
	},
	'sorted-packages': {
		title: 'A list of packages in no order',
		severity: 'info',
		fix: 'yes',
	},
	'production-install': {
		title: 'Development dependencies stay in the image',
		severity: 'medium',
		fix: 'opt-in',
	},
	'no-package-manager': {
		title: 'The package manager stays in the image',
		severity: 'low',
		fix: 'opt-in',
	},
	'no-debug-extensions': {
		title: 'A debugger or debug symbols in the image',
		severity: 'medium',
		fix: 'no',
	},
	'configure-build': {
		title: 'configure guesses the machine',
		severity: 'info',
		fix: 'no',
	},
	'telemetry-off': {
		title: 'A tool reports to its maker what is built',
		severity: 'info',
		fix: 'yes',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
