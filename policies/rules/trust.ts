import type {RuleMeta} from './meta.ts';

/** Whom packages are taken from. */
export const trustRules = {
	'apk-signatures': {
		title: 'apk does not ask who signed a package',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_7', 'CIS-DI-0011'],
	},
	'apt-signatures': {
		title: 'apt does not ask who signed a package',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_8'],
	},
	'no-apt-force-yes': {
		title: 'apt is told to go on whatever it warns of',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_11'],
	},
	'rpm-repository-signatures': {
		title: 'yum, dnf or zypper do not ask who signed a package',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_9', 'CKV2_DOCKER_15'],
	},
	'rpm-signatures': {
		title: 'rpm does not ask who signed a package',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_10'],
	},
	'signed-apt-sources': {
		title: 'A package source without a key of its own',
		severity: 'high',
		fix: 'no',
		control: 'build-package-auth-on',
	},
	'no-denied-packages': {
		title: 'Compilers, editors or network tools in the image',
		severity: 'medium',
		fix: 'no',
		control: 'image-multi-stage-clean',
		aliases: ['CIS-DI-0003'],
	},
	'no-ssh-server': {
		title: 'An SSH server is installed in the image',
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-no-ssh-daemon',
		aliases: ['CIS-DI-0003'],
	},
	'no-undeclared-shell': {
		title: 'A shell in an image that was made without one',
		severity: 'low',
		fix: 'no',
	},
	'gpg-batch': {
		title: 'gpg may ask, or asks a server that answers no more',
		severity: 'low',
		fix: 'yes',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
