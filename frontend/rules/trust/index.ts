import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const trustRules: Readonly<Partial<Record<RuleIdIn<'trust'>, Rule>>> = {};
