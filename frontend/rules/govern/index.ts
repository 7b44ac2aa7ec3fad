import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {approvedPolicy} from './approved-policy.ts';
import {noStaleIgnores} from './no-stale-ignores.ts';
import {reasonedIgnores} from './reasoned-ignores.ts';
import {validExceptions} from './valid-exceptions.ts';

export const governRules: Readonly<Partial<Record<RuleIdIn<'govern'>, Rule>>> = {
	'reasoned-ignores': reasonedIgnores,
	'valid-exceptions': validExceptions,
	'no-stale-ignores': noStaleIgnores,
	'approved-policy': approvedPolicy,
};
