import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {healthCheckSet} from './health-check-set.ts';

export const lifeRules: Readonly<Partial<Record<RuleIdIn<'life'>, Rule>>> = {
	'health-check-set': healthCheckSet,
};
