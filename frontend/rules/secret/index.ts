import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {noSecretFiles} from './no-secret-files.ts';
import {noSecretNames} from './no-secret-names.ts';

export const secretRules: Readonly<Partial<Record<RuleIdIn<'secret'>, Rule>>> = {
	'no-secret-names': noSecretNames,
	'no-secret-files': noSecretFiles,
};
