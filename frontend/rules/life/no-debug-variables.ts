import {debugModesOf, isDebugMode, opensDebugger} from '../../../policies/debug-modes.ts';
import type {Span} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Fix, Rule, Subject} from '../rule.ts';

export const noDebugVariables: Rule = function* (subject, params) {
	const denied = debugModesOf(params);
	for (const {name, value, line, span} of lastValues(subject)) {
		const opens = opensDebugger(name, value);
		if (!opens && !isDebugMode(denied, name, value)) {
			continue;
		}

		const better = opens ? undefined : quietFor(name, value);
		const remedy = better === undefined ? 'take the option out' : `write ${name}=${better}`;
		yield {
			result: 'fail',
			message: `${name} switches ${opens ? 'a debugger' : 'a mode for debugging or development'} on in every container of this image: ${remedy}, and set it where it is wanted.`,
			place: {file: subject.file, line},
			...fixOf(name, better, span),
		};
	}
};

function fixOf(name: string, better: string | undefined, span: Span | undefined): {readonly fix?: Fix} {
	return better === undefined || span === undefined
		? {}
		: {fix: {title: `${name}=${better}`, edits: [{span, text: better}]}};
}

interface Last {
	readonly name: string;
	readonly value: string;
	readonly line: number;
	/** Where the value stands as it is, without quotes and variables. */
	readonly span: Span | undefined;
}

/** What the image's variables are worth in the end. */
function lastValues({steps, chain}: Subject): Iterable<Last> {
	const stages = new Set(chain.stages);
	const last = new Map<string, Last>();
	for (const {stage, instruction, escapeBy, expand} of steps) {
		const pairs = instruction.keyword === 'ENV' && stages.has(stage) ? pairsOf(instruction, escapeBy) : [];
		for (const {name, value = '', valueSpan, line} of pairs) {
			const expanded = expand(value);
			const span = expanded === value ? valueSpan : undefined;
			last.set(name, {name, value: expanded ?? '', line, span});
		}
	}

	return last.values();
}

/** The value that switches it off; nothing where only the author knows one. */
function quietFor(name: string, value: string): string | undefined {
	if (/^(?:1|0|true|false|on|off|yes|no)$/i.test(value)) {
		return OPPOSITES.get(value.toLowerCase());
	}

	if (name === 'GIN_MODE') {
		return 'release';
	}

	const isShort = name === 'MIX_ENV' || name === 'APP_ENV' || name === 'SYMFONY_ENV' || /PROFILE/.test(name);
	const isEnvironment = /(?:ENV|ENVIRONMENT|ENVIRONMENTS|PROFILE|PROFILES_ACTIVE)$/.test(name);
	if (!isEnvironment) {
		return undefined;
	}

	const word = isShort && /^dev$/i.test(value) ? 'prod' : 'production';
	return /^[A-Z]/.test(value) ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : word;
}

const OPPOSITES: ReadonlyMap<string, string> = new Map([
	['1', '0'],
	['true', 'false'],
	['on', 'off'],
	['yes', 'no'],
	['off', 'on'],
]);
