import type {RuleMeta} from './meta.ts';

/** Who runs it. */
export const userRules = {
	'user-set': {
		title: 'No USER is set and the base image runs as root',
		severity: 'high',
		fix: 'opt-in',
		control: 'image-user-non-root',
		aliases: ['CKV_DOCKER_3', 'DS-0002', 'missing_user_instruction', 'CIS-DI-0001'],
	},
	'no-root-user': {
		title: 'The last USER is root',
		severity: 'high',
		fix: 'opt-in',
		control: 'image-user-non-root',
		aliases: ['DL3002', 'DS-0002', 'CKV_DOCKER_8', 'last_user_is_root'],
	},
	'numeric-user': {
		title: 'USER is a name, which nobody can check without the image',
		severity: 'info',
		fix: 'yes',
		aliases: ['DL3066'],
	},
	'created-user-used': {
		title: 'A user is made and never switched to',
		severity: 'medium',
		fix: 'yes',
	},
	'known-user': {
		title: 'USER names a user that the image does not know',
		severity: 'high',
		fix: 'opt-in',
	},
	'no-group-dropped': {
		title: "A group in USER drops the user's other groups",
		severity: 'low',
		fix: 'no',
	},
	'copy-owned': {
		title: "COPY leaves root's files in the user's own folder",
		severity: 'medium',
		fix: 'yes',
	},
	'no-needless-chown': {
		title: '--chown gives a program to the user who only runs it',
		severity: 'low',
		fix: 'yes',
		aliases: ['chown_flag_exists'],
	},
	'no-sudo': {
		title: 'sudo is used or installed',
		severity: 'high',
		fix: 'opt-in',
		aliases: ['DL3004', 'DS-0010', 'CKV2_DOCKER_1', 'run_using_sudo', 'DKL-DI-0001'],
	},
	'no-password-set': {
		title: 'A password is set while the image is built',
		severity: 'critical',
		fix: 'no',
		aliases: ['CKV2_DOCKER_17'],
	},
	'no-empty-password': {
		title: 'An account without a password',
		severity: 'critical',
		fix: 'opt-in',
		aliases: ['DKL-LI-0001'],
	},
	'unique-account-ids': {
		title: 'Two users or groups with one number',
		severity: 'medium',
		fix: 'no',
		aliases: ['DKL-LI-0002'],
	},
	'no-world-writable': {
		title: 'Files that every user may write',
		severity: 'high',
		fix: 'opt-in',
	},
	'no-setuid-files': {
		title: "A file runs with its owner's rights",
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-no-unexpected-setuid',
		aliases: ['CIS-DI-0008'],
	},
	'no-insecure-run': {
		title: "A step runs outside the build's sandbox",
		severity: 'high',
		fix: 'no',
	},
	'no-stateful-root': {
		title: 'Root keeps data in a volume',
		severity: 'medium',
		fix: 'no',
	},
	'no-privileged-advice': {
		title: 'A label or comment advises a privileged container',
		severity: 'medium',
		fix: 'no',
	},
	'no-sparse-lastlog': {
		title: 'useradd with a high number makes huge log files',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3046'],
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
