import {predicateTypes, results, verdicts} from '../../proto/statement.ts';
import type {Query} from '../log/log.ts';
import type {Filter} from '../store/store.ts';
import type {PageTokens} from './page-token.ts';
import {ApiError} from './status.ts';

/** Parameters as they were sent: names and texts, nothing believed yet. */
export type Parameters = Readonly<Record<string, string>>;

const MAX_VALUE = 512;
const MAX_PAGE = 1000;
const DEFAULT_PAGE = 50;

/** The parameters of a listing; others are refused by name. */
export const listParameters = [
	'page_size',
	'page_token',
	'container',
	'image',
	'control',
	'outcome',
	'verdict',
	'predicate_type',
	'since',
	'until',
	'order',
] as const;

/**
 * The query string → its parameters. A name that isn't known is refused: a filter with a typing error must never widen
 * what is listed.
 * @throws {ApiError} INVALID_ARGUMENT naming the parameter
 */
export function readParameters(search: URLSearchParams, known: readonly string[]): Parameters {
	const parameters: Record<string, string> = {};
	for (const [name, value] of search) {
		if (!known.includes(name)) {
			const shown = JSON.stringify(name.slice(0, 64));
			const takes = known.length === 0 ? 'takes none' : `takes ${known.join(', ')}`;
			throw refused(`There is no parameter ${shown}; this path ${takes}`);
		}

		if (Object.hasOwn(parameters, name)) {
			throw refused(`${name} is given twice; give it once`);
		}

		parameters[name] = value;
	}

	return parameters;
}

/** @throws {ApiError} INVALID_ARGUMENT naming the parameter and what it takes */
export function listQueryOf(parameters: Parameters, tokens: PageTokens): Query {
	const tooLong = Object.keys(parameters).find(name => (parameters[name] ?? '').length > MAX_VALUE);
	if (tooLong !== undefined) {
		throw refused(`${tooLong} is longer than ${MAX_VALUE} characters`);
	}

	const filter = filterOf(parameters);
	const order = wordOf(parameters, 'order', ['newest', 'oldest'] as const) ?? 'newest';
	const limit = Math.min(numberOf(parameters, 'page_size') ?? DEFAULT_PAGE, MAX_PAGE);
	if (limit < 1) {
		throw refused(`page_size is a number from 1 to ${MAX_PAGE}`);
	}

	const token = given(parameters, 'page_token');
	const query = {filter, order, limit};
	return token === undefined ? query : {...query, resume: tokens.read(token, {filter, order})};
}

/** A whole number that was sent as text. @throws {ApiError} INVALID_ARGUMENT */
export function numberOf(parameters: Parameters, name: string): number | undefined {
	const text = given(parameters, name);
	if (text !== undefined && !/^[0-9]{1,15}$/.test(text)) {
		throw refused(`${name} is a whole number`);
	}

	return text === undefined ? undefined : Number(text);
}

/** @throws {ApiError} INVALID_ARGUMENT also when it is missing */
export function requiredNumberOf(parameters: Parameters, name: string): number {
	const value = numberOf(parameters, name);
	if (value === undefined) {
		throw refused(`${name} is missing; it is a whole number`);
	}

	return value;
}

function filterOf(parameters: Parameters): Filter {
	const control = textOf(
		parameters,
		'control',
		/^[a-z0-9-]{1,64}$/,
		'the id of a control, such as run-no-privileged',
	);
	const result = wordOf(parameters, 'outcome', results);
	if (result !== undefined && control === undefined) {
		throw refused('outcome is how a control ended: give control as well, or ask for a verdict');
	}

	const filter = {
		container: textOf(
			parameters,
			'container',
			/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
			"a container's name, or its id, or the first 12 or more digits of it",
		),
		image: textOf(
			parameters,
			'image',
			/^[\x21-\x7e]{1,512}$/,
			'sha256: and 64 hex digits, or the name of an image',
		),
		control,
		result,
		verdict: wordOf(parameters, 'verdict', verdicts),
		predicateType: predicateTypeOf(parameters),
		since: timeOf(parameters, 'since'),
		until: timeOf(parameters, 'until'),
	};
	return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

const shortTypes: Readonly<Record<string, string>> = {
	'build-gate': predicateTypes.buildGate,
	'runtime-verification': predicateTypes.runtimeVerification,
	coverage: predicateTypes.coverage,
	delivery: predicateTypes.delivery,
	'alert-test': predicateTypes.alertTest,
	containment: predicateTypes.containment,
	'verification-summary': predicateTypes.verificationSummary,
};

function predicateTypeOf(parameters: Parameters): string | undefined {
	const name = 'predicate_type';
	const short = Object.keys(shortTypes).join(', ');
	const text = textOf(parameters, name, /^[\x21-\x7e]{1,512}$/, `a URI, or one of ${short}`);
	return text !== undefined && Object.hasOwn(shortTypes, text) ? shortTypes[text] : text;
}

// RFC 3339 with a time zone: a local time would mean another moment on another machine.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

function timeOf(parameters: Parameters, name: string): number | undefined {
	const text = textOf(parameters, name, RFC_3339, 'a time such as 2026-11-22T05:19:18Z');
	if (text === undefined) {
		return undefined;
	}

	const time = Date.parse(text);
	if (Number.isNaN(time)) {
		throw refused(`${name} is not a time that exists`);
	}

	// Entries have whole seconds: the first one at or after a fraction is the next.
	return Math.ceil(time / 1000);
}

/** A text of that shape; undefined when it was not sent. @throws {ApiError} INVALID_ARGUMENT */
export function textOf(
	parameters: Parameters,
	name: string,
	pattern: RegExp,
	what: string,
): string | undefined {
	const text = given(parameters, name);
	if (text !== undefined && !pattern.test(text)) {
		throw refused(`${name} is ${what}`);
	}

	return text;
}

/** One of these words. @throws {ApiError} INVALID_ARGUMENT */
export function wordOf<const T extends string>(
	parameters: Parameters,
	name: string,
	words: readonly T[],
): T | undefined {
	const text = given(parameters, name);
	const word = words.find(candidate => candidate === text);
	if (text !== undefined && word === undefined) {
		throw refused(`${name} is one of ${words.join(', ')}`);
	}

	return word;
}

function given(parameters: Parameters, name: string): string | undefined {
	const text = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
	return text === '' ? undefined : text;
}

function refused(message: string): ApiError {
	return new ApiError('INVALID_ARGUMENT', 'BAD_PARAMETER', message);
}
