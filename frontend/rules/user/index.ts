import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {noRootUser} from './no-root-user.ts';

export const userRules: Readonly<Partial<Record<RuleIdIn<'user'>, Rule>>> = {
	'no-root-user': noRootUser,
};
