import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {absoluteWorkdir} from './absolute-workdir.ts';
import {asCasing} from './as-casing.ts';
import {definedFromArguments} from './defined-from-arguments.ts';
import {definedVariables} from './defined-variables.ts';
import {directivesFirst} from './directives-first.ts';
import {fileLength} from './file-length.ts';
import {instructionCasing} from './instruction-casing.ts';
import {keyValueForm} from './key-value-form.ts';
import {knownFlags} from './known-flags.ts';
import {lowerCaseStageNames} from './lower-case-stage-names.ts';
import {noCircularStages} from './no-circular-stages.ts';
import {noEmptyContinuation} from './no-empty-continuation.ts';
import {noReservedStageName} from './no-reserved-stage-name.ts';
import {noSelfReference} from './no-self-reference.ts';
import {refusedByParser} from './refusals.ts';
import {supportedFeatures} from './supported-features.ts';
import {tidyWhiteSpace} from './tidy-white-space.ts';
import {uniqueStageNames} from './unique-stage-names.ts';
import {unixLineEndings} from './unix-line-endings.ts';
import {utf8Text} from './utf8-text.ts';
import {validDefaultBase} from './valid-default-base.ts';
import {validTriggers} from './valid-triggers.ts';

export const syntaxRules: Readonly<Record<RuleIdIn<'syntax'>, Rule>> = {
	'known-instructions': refusedByParser,
	'has-stage': refusedByParser,
	'closed-heredocs': refusedByParser,
	'unique-stage-names': uniqueStageNames,
	'no-reserved-stage-name': noReservedStageName,
	'lower-case-stage-names': lowerCaseStageNames,
	'as-casing': asCasing,
	'instruction-casing': instructionCasing,
	'no-empty-continuation': noEmptyContinuation,
	'key-value-form': keyValueForm,
	'defined-from-arguments': definedFromArguments,
	'valid-default-base': validDefaultBase,
	'defined-variables': definedVariables,
	'no-self-reference': noSelfReference,
	'absolute-workdir': absoluteWorkdir,
	'valid-triggers': validTriggers,
	'no-circular-stages': noCircularStages,
	'directives-first': directivesFirst,
	'known-flags': knownFlags,
	'argument-count': refusedByParser,
	'supported-features': supportedFeatures,
	'file-length': fileLength,
	'tidy-white-space': tidyWhiteSpace,
	'unix-line-endings': unixLineEndings,
	'utf8-text': utf8Text,
};
