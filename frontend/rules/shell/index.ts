import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const shellRules: Readonly<Partial<Record<RuleIdIn<'shell'>, Rule>>> = {};
