import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const syntaxRules: Readonly<Partial<Record<RuleIdIn<'syntax'>, Rule>>> = {};
