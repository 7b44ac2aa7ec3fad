import type {RuleMeta} from './meta.ts';

/** What must not be seen. */
export const secretRules = {
	'no-secret-names': {
		title: 'ENV/ARG name looks like a secret',
		severity: 'critical',
		fix: 'yes',
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
		title: 'A literal credential (pattern/entropy) anywhere: ENV, ARG, LABEL, RUN, heredoc, COPY heredoc',
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-env',
		aliases: ['CIS-DI-0010'],
	},
	'no-credentials-in-history': {
		title: "A literal credential in RUN, LABEL, CMD, ENTRYPOINT or a heredoc stays in the image's history",
		severity: 'critical',
		fix: 'opt-in',
		control: 'secret-no-history',
	},
	'no-env-to-secret-file': {
		title: 'ENV points at a secret file that is also copied in',
		severity: 'critical',
		fix: 'yes',
		control: 'secret-no-file-in-layer',
		aliases: ['DS-0031'],
	},
	'no-secret-files': {
		title:
			'COPY/ADD of secret-looking files (.env, id_rsa, *.pem, .npmrc, .netrc, credentials.json, kubeconfig, .aws)',
		severity: 'critical',
		fix: 'yes',
		control: 'secret-no-file-in-layer',
		aliases: ['CIS-DI-0010', 'DS-0031'],
	},
	'no-credential-commands': {
		title:
			'Build-time credential commands (aws configure set, docker login -p, npm config _authToken, git clone https://user:tok@)',
		severity: 'critical',
		fix: 'yes',
		control: 'secret-build-mount-used',
		aliases: ['DS-0031'],
	},
	'private-registry-mount': {
		title: 'Private registry access without a secret mount',
		severity: 'high',
		fix: 'yes',
		control: 'secret-build-mount-used',
	},
	'no-ssh-keys': {
		title: 'SSH keys or agent copied instead of --mount=type=ssh',
		severity: 'critical',
		fix: 'yes',
		control: 'secret-no-file-in-layer',
	},
	'no-secret-written': {
		title: 'Secret mounted but then written to a layer (cp /run/secrets, echo into file)',
		severity: 'high',
		fix: 'no',
		control: 'secret-no-file-in-layer',
	},
	'required-secret-mounts': {
		title: 'Secret mount without required=true where the step needs it',
		severity: 'low',
		fix: 'yes',
	},
	'no-removed-secret': {
		title: 'Secret removed in a later layer (still in history)',
		severity: 'high',
		fix: 'opt-in',
		control: 'secret-no-file-in-layer',
	},
	'context-ignored': {
		title: 'No .dockerignore or one that lets .git/.env/keys in with COPY .',
		severity: 'medium',
		fix: 'yes',
		control: 'build-context-ignored',
	},
	'no-token-defaults': {
		title: 'Debug/telemetry tokens or asset-precompile keys given as ENV',
		severity: 'medium',
		fix: 'yes',
		control: 'secret-no-env',
	},
	'no-credentials-in-url': {
		title: 'HTTP basic auth or query-string token inside a URL',
		severity: 'high',
		fix: 'opt-in',
		control: 'secret-no-history',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
