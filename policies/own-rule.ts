import {type ControlId, isControlId} from './catalogue.ts';
import {
	choiceOf,
	type Expected,
	type Field,
	fieldsOf,
	listOf,
	nameOf,
	optional,
	quoted,
	refuse,
	textOf,
} from './fields.ts';
import type {Severity} from './rules/meta.ts';
import {type Level, levels, type SeverityLevels} from './setting.ts';

/** An organisation's own rule: data that says which instructions it means. */
export interface OwnRule {
	/** `x-…`, so that it is never taken for one of ours. */
	readonly id: string;
	readonly title: string;
	readonly severity: Severity;
	readonly level: Level;
	readonly control?: ControlId;
	/** What is wrong and what to write instead. */
	readonly message: string;
	/** Whether what matches is wrong, or its absence is. */
	readonly kind: 'match' | 'missing';
	readonly match: OwnMatch;
}

/** Everything that is named must hold. Patterns are globs, in which `*` is any run of characters. */
export interface OwnMatch extends OwnSigns {
	readonly stage: 'final' | 'any';
	readonly instructions: readonly string[];
	/** What lets it pass all the same. */
	readonly unless?: OwnSigns;
}

export interface OwnSigns {
	/** The name of a program that shell code starts. */
	readonly command?: string;
	/** An option of that command, or of the instruction's words: `--insecure`, `-k*`. */
	readonly option?: string;
	/** Any word: an argument, a reference in FROM, `NAME=value` in ENV, LABEL and ARG. */
	readonly word?: string;
	/** A flag of the instruction, as `name=value`: `mount=type=secret*`. */
	readonly flag?: string;
}

export const OWN_ID = /^x(?:-[a-z0-9]+)+$/;
export const MAX_OWN_RULES = 200;
export const severities = [
	'critical',
	'high',
	'medium',
	'low',
	'info',
] as const satisfies readonly Severity[];
export const instructionNames = [
	'ADD',
	'ARG',
	'CMD',
	'COPY',
	'ENTRYPOINT',
	'ENV',
	'EXPOSE',
	'FROM',
	'HEALTHCHECK',
	'LABEL',
	'ONBUILD',
	'RUN',
	'SHELL',
	'STOPSIGNAL',
	'USER',
	'VOLUME',
	'WORKDIR',
] as const;
export const codeInstructions: readonly string[] = ['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK'];

const GLOB: Expected = {
	expected: 'is a pattern of at most 200 characters and 8 stars, in which * is any run of characters',
	pattern: /^[^*]*(?:\*[^*]*){0,8}$/,
	max: 200,
};
const signKeys = ['command', 'option', 'word', 'flag'] as const;

export function ownRulesOf(field: Field, bySeverity: SeverityLevels): readonly OwnRule[] {
	const rules = listOf(field, {min: 0, max: MAX_OWN_RULES}, each => ownRuleOf(each, bySeverity));
	const ids = new Set<string>();
	for (const [index, {id}] of rules.entries()) {
		if (ids.has(id)) {
			refuse({...field, path: [...field.path, String(index), 'id']}, `there are two rules ${id}; rename one`);
		}

		ids.add(id);
	}

	return rules;
}

function ownRuleOf(field: Field, bySeverity: SeverityLevels): OwnRule {
	const keys = ['id', 'title', 'severity', 'enforcement', 'control', 'message', 'match', 'missing'] as const;
	const fields = fieldsOf(field, keys);
	const severity = choiceOf(fields.severity, severities);
	const control = optional(fields.control, controlOf);
	const isMissing = fields.missing.value !== undefined;
	if (isMissing === (fields.match.value !== undefined)) {
		refuse(field, `${nameOf(field)} has either "match" (what is wrong) or "missing" (what must be there)`);
	}

	return {
		id: textOf(fields.id, {
			pattern: OWN_ID,
			expected: 'is a name that begins with x-, such as x-no-curl',
			max: 64,
		}),
		title: textOf(fields.title, {expected: 'is what a finding says, in a few words', max: 120}),
		severity,
		level: optional(fields.enforcement, at => choiceOf(at, levels)) ?? bySeverity[severity],
		...(control === undefined ? {} : {control}),
		message: textOf(fields.message, {expected: 'is a sentence: what is wrong, and what to write instead'}),
		kind: isMissing ? 'missing' : 'match',
		match: matchOf(isMissing ? fields.missing : fields.match),
	};
}

function controlOf(field: Field): ControlId {
	const id = textOf(field, {expected: 'is the id of a control', max: 64});
	return isControlId(id) ? id : refuse(field, `${quoted(id)} is not a control that this version knows`);
}

function matchOf(field: Field): OwnMatch {
	const {stage, instruction, unless, ...signs} = fieldsOf(field, [
		'stage',
		'instruction',
		...signKeys,
		'unless',
	]);
	const instructions = Array.isArray(instruction.value)
		? listOf(instruction, {min: 1, max: instructionNames.length}, each => choiceOf(each, instructionNames))
		: [choiceOf(instruction, instructionNames)];
	const exception = optional(unless, at => signsOf(fieldsOf(at, signKeys)));
	const own = signsOf(signs);
	if (own.command !== undefined && !instructions.every(each => codeInstructions.includes(each))) {
		refuse(instruction, `"command" looks into shell code, which only ${codeInstructions.join(', ')} have`);
	}

	return {
		stage: optional(stage, at => choiceOf(at, ['final', 'any'])) ?? 'final',
		instructions,
		...own,
		...(exception === undefined ? {} : {unless: exception}),
	};
}

function signsOf(fields: Readonly<Record<(typeof signKeys)[number], Field>>): OwnSigns {
	const given = signKeys.flatMap(key => {
		const text = optional(fields[key], at => textOf(at, GLOB));
		return text === undefined ? [] : [[key, text] as const];
	});
	return Object.fromEntries(given);
}
