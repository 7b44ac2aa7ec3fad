import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {contextIgnored} from './context-ignored.ts';
import {noCredentialCommands} from './no-credential-commands.ts';
import {noCredentialsInHistory} from './no-credentials-in-history.ts';
import {noCredentialsInUrl} from './no-credentials-in-url.ts';
import {noEnvToSecretFile} from './no-env-to-secret-file.ts';
import {noLiteralCredentials} from './no-literal-credentials.ts';
import {noRemovedSecret} from './no-removed-secret.ts';
import {noSecretFiles} from './no-secret-files.ts';
import {noSecretNames} from './no-secret-names.ts';
import {noSecretWritten} from './no-secret-written.ts';
import {noSshKeys} from './no-ssh-keys.ts';
import {noTokenDefaults} from './no-token-defaults.ts';
import {privateRegistryMount} from './private-registry-mount.ts';
import {requiredSecretMounts} from './required-secret-mounts.ts';

export const secretRules: Readonly<Record<RuleIdIn<'secret'>, Rule>> = {
	'no-secret-names': noSecretNames,
	'no-literal-credentials': noLiteralCredentials,
	'no-credentials-in-history': noCredentialsInHistory,
	'no-env-to-secret-file': noEnvToSecretFile,
	'no-secret-files': noSecretFiles,
	'no-credential-commands': noCredentialCommands,
	'private-registry-mount': privateRegistryMount,
	'no-ssh-keys': noSshKeys,
	'no-secret-written': noSecretWritten,
	'required-secret-mounts': requiredSecretMounts,
	'no-removed-secret': noRemovedSecret,
	'context-ignored': contextIgnored,
	'no-token-defaults': noTokenDefaults,
	'no-credentials-in-url': noCredentialsInUrl,
};
