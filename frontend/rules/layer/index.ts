import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';

export const layerRules: Readonly<Partial<Record<RuleIdIn<'layer'>, Rule>>> = {};
