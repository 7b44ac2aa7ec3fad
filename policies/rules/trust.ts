import type {RuleMeta} from './meta.ts';

/** Whom packages are taken from. */
export const trustRules = {
	'apk-signatures': {
		title: 'Signature checks off: apk --allow-untrusted',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_7', 'CIS-DI-0011'],
	},
	'apt-signatures': {
		title: 'apt --allow-unauthenticated',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_8'],
	},
	'no-apt-force-yes': {
		title: 'apt --force-yes',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_11'],
	},
	'rpm-repository-signatures': {
		title: 'yum/dnf/tdnf --nogpgcheck or sslverify=0',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_9', 'CKV2_DOCKER_15'],
	},
	'rpm-signatures': {
		title: 'rpm --nosignature/--nodigest/--noverify',
		severity: 'high',
		fix: 'yes',
		control: 'build-package-auth-on',
		aliases: ['CKV2_DOCKER_10'],
	},
	'signed-apt-sources': {
		title: '[trusted=yes] apt source or http:// repo line, apt-key add of a remote key',
		severity: 'high',
		fix: 'opt-in',
		control: 'build-package-auth-on',
	},
	'no-denied-packages': {
		title:
			'Unneeded packages on a deny list (ssh server, telnet, netcat, gcc/make, vim, tcpdump) in the final stage',
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-multi-stage-clean',
		aliases: ['CIS-DI-0003'],
	},
	'no-ssh-server': {
		title: 'An SSH server is installed in the image',
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-no-ssh-daemon',
		aliases: ['CKV_DOCKER_1', 'CIS-DI-0003'],
	},
	'no-undeclared-shell': {
		title: 'Shell or package manager left in a hardened final stage without being declared',
		severity: 'low',
		fix: 'opt-in',
	},
	'gpg-batch': {
		title: 'gpg without --batch / single keyserver without fallback',
		severity: 'low',
		fix: 'yes',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
