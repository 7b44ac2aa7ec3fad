import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {validExceptions} from './valid-exceptions.ts';

export const governRules: Readonly<Partial<Record<RuleIdIn<'govern'>, Rule>>> = {
	'valid-exceptions': validExceptions,
};
