import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const languageRules: Readonly<Partial<Record<RuleIdIn<'language'>, Rule>>> = {};
