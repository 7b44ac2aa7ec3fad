import type {RuleMeta} from './meta.ts';

/** Who runs it. */
export const userRules = {
	'user-set': {
		title: 'Final stage never sets USER and the base runs as root',
		severity: 'high',
		fix: 'yes',
		control: 'image-user-non-root',
		aliases: ['CKV_DOCKER_3', 'DS-0002', 'missing_user_instruction', 'CIS-DI-0001'],
	},
	'no-root-user': {
		title: 'Last USER is root or 0',
		severity: 'high',
		fix: 'yes',
		control: 'image-user-non-root',
		aliases: ['DL3002', 'DS-0002', 'CKV_DOCKER_8', 'last_user_is_root'],
	},
	'numeric-user': {
		title: 'USER is a name, not a number, so runAsNonRoot cannot be proved',
		severity: 'info',
		fix: 'yes',
		aliases: ['DL3066'],
	},
	'created-user-used': {
		title: 'A user is created but never switched to',
		severity: 'medium',
		fix: 'yes',
	},
	'known-user': {
		title: "USER names someone the stage's /etc/passwd does not have",
		severity: 'high',
		fix: 'opt-in',
	},
	'no-group-dropped': {
		title: 'Explicit USER group drops needed supplementary groups',
		severity: 'low',
		fix: 'no',
	},
	'copy-owned': {
		title: 'COPY/ADD after a non-root USER leaves root-owned files',
		severity: 'medium',
		fix: 'yes',
	},
	'no-needless-chown': {
		title: '--chown used where only read/execute is needed (files writable by the app user)',
		severity: 'low',
		fix: 'yes',
		aliases: ['chown_flag_exists'],
	},
	'no-sudo': {
		title: 'sudo used or installed',
		severity: 'high',
		fix: 'opt-in',
		aliases: ['DL3004', 'DS-0010', 'CKV2_DOCKER_1', 'run_using_sudo', 'DKL-DI-0001'],
	},
	'no-password-set': {
		title: 'chpasswd/passwd sets an account password',
		severity: 'critical',
		fix: 'no',
		aliases: ['CKV2_DOCKER_17'],
	},
	'no-empty-password': {
		title: 'Account with an empty password',
		severity: 'critical',
		fix: 'opt-in',
		aliases: ['DKL-LI-0001'],
	},
	'unique-account-ids': {
		title: 'Duplicate UIDs/GIDs or group names',
		severity: 'medium',
		fix: 'no',
		aliases: ['DKL-LI-0002'],
	},
	'no-world-writable': {
		title: 'chmod 777 / a+rwx / world-writable state path',
		severity: 'high',
		fix: 'opt-in',
	},
	'no-setuid-files': {
		title: 'setuid/setgid files in the final image',
		severity: 'medium',
		fix: 'opt-in',
		control: 'image-no-unexpected-setuid',
		aliases: ['CIS-DI-0008'],
	},
	'no-insecure-run': {
		title: 'RUN --security=insecure or --network=host',
		severity: 'high',
		fix: 'no',
	},
	'no-stateful-root': {
		title: 'Final stage runs as root and also declares volumes/state',
		severity: 'medium',
		fix: 'no',
	},
	'no-privileged-advice': {
		title: 'Docs/label advertise a privileged run command',
		severity: 'medium',
		fix: 'no',
	},
	'no-sparse-lastlog': {
		title: 'useradd with a high UID and no -l makes a huge sparse lastlog',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3046'],
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
