import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const cacheRules: Readonly<Partial<Record<RuleIdIn<'cache'>, Rule>>> = {};
