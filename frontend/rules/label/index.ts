import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const labelRules: Readonly<Partial<Record<RuleIdIn<'label'>, Rule>>> = {};
