import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {asCasing} from './as-casing.ts';
import {instructionCasing} from './instruction-casing.ts';
import {keyValueForm} from './key-value-form.ts';
import {lowerCaseStageNames} from './lower-case-stage-names.ts';
import {noEmptyContinuation} from './no-empty-continuation.ts';
import {noReservedStageName} from './no-reserved-stage-name.ts';
import {uniqueStageNames} from './unique-stage-names.ts';

export const syntaxRules: Readonly<Partial<Record<RuleIdIn<'syntax'>, Rule>>> = {
	'unique-stage-names': uniqueStageNames,
	'no-reserved-stage-name': noReservedStageName,
	'lower-case-stage-names': lowerCaseStageNames,
	'as-casing': asCasing,
	'instruction-casing': instructionCasing,
	'no-empty-continuation': noEmptyContinuation,
	'key-value-form': keyValueForm,
};
