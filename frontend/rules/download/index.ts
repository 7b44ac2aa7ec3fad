import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const downloadRules: Readonly<Partial<Record<RuleIdIn<'download'>, Rule>>> = {};
