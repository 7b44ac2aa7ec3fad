import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {loggedRequests} from './logged-requests.ts';
import {validPlan} from './valid-plan.ts';

export const portRules: Readonly<Partial<Record<RuleIdIn<'port'>, Rule>>> = {
	'valid-plan': validPlan,
	'logged-requests': loggedRequests,
};
