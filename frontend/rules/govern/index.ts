import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {approvedPolicy} from './approved-policy.ts';
import {externalAttestations} from './external-attestations.ts';
import {noLoweredLevel} from './no-lowered-level.ts';
import {noSkippedChecks} from './no-skipped-checks.ts';
import {noStaleIgnores} from './no-stale-ignores.ts';
import {reasonedIgnores} from './reasoned-ignores.ts';
import {soundRewrite} from './sound-rewrite.ts';
import {validExceptions} from './valid-exceptions.ts';

export const governRules: Readonly<Record<RuleIdIn<'govern'>, Rule>> = {
	'reasoned-ignores': reasonedIgnores,
	'valid-exceptions': validExceptions,
	'no-stale-ignores': noStaleIgnores,
	'no-lowered-level': noLoweredLevel,
	'no-skipped-checks': noSkippedChecks,
	'sound-rewrite': soundRewrite,
	'external-attestations': externalAttestations,
	'approved-policy': approvedPolicy,
};
