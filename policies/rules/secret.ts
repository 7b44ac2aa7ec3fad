import type {RuleMeta} from './meta.ts';

/** What must not be seen. */
export const secretRules = {
	'no-secret-names': {
		title: 'A variable is named like a secret',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-env',
		aliases: [
			'SecretsUsedInArgOrEnv',
			'DL3064',
			'DS-0031',
			'secrets_stored',
			'passwords_and_secrets',
			'CIS-DI-0010',
		],
	},
	'no-literal-credentials': {
		title: 'A credential in ENV or ARG',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-env',
		aliases: ['SecretsUsedInArgOrEnv', 'CIS-DI-0010'],
	},
	'no-credentials-in-history': {
		title: 'A credential in a step, label, command or heredoc',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-history',
	},
	'no-env-to-secret-file': {
		title: 'ENV names a file with a credential that COPY brings',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-file-in-layer',
		aliases: ['DS-0031'],
	},
	'no-secret-files': {
		title: 'A file of credentials ends in a layer',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-file-in-layer',
		aliases: ['CIS-DI-0010', 'DS-0031'],
	},
	'no-credential-commands': {
		title: 'A command of the build is handed a credential',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-build-mount-used',
		aliases: ['DS-0031'],
	},
	'private-registry-mount': {
		title: 'A private registry without a mounted login',
		severity: 'high',
		fix: 'opt-in',
		control: 'secret-build-mount-used',
	},
	'no-ssh-keys': {
		title: 'SSH keys in a build instead of --mount=type=ssh',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-file-in-layer',
	},
	'no-secret-written': {
		title: 'A mounted secret is written to a layer',
		severity: 'high',
		fix: 'no',
		control: 'secret-no-file-in-layer',
	},
	'required-secret-mounts': {
		title: 'A secret that a step cannot do without is not required',
		severity: 'low',
		fix: 'yes',
	},
	'no-removed-secret': {
		title: 'A file of credentials is removed in a later layer',
		severity: 'high',
		fix: 'opt-in',
		control: 'secret-no-file-in-layer',
	},
	'context-ignored': {
		title: "COPY . lets the repository's history or secrets in",
		severity: 'medium',
		fix: 'no',
		control: 'build-context-ignored',
	},
	'no-token-defaults': {
		title: 'A key or token that only the build needs stays in ENV',
		severity: 'medium',
		fix: 'opt-in',
		control: 'secret-no-env',
		aliases: ['SecretsUsedInArgOrEnv'],
	},
	'no-credentials-in-url': {
		title: 'A login or token inside a URL',
		severity: 'high',
		fix: 'opt-in',
		control: 'secret-no-history',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
