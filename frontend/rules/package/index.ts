import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const packageRules: Readonly<Partial<Record<RuleIdIn<'package'>, Rule>>> = {};
