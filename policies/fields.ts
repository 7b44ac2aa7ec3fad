import {PolicyError, type PolicyErrorCode} from './error.ts';

/** Tells where in the document a value stands, by its path; nobody knows when the document has no text. */
export type LineOf = (...path: string[]) => number | undefined;

/** One value of a document, and the way back to its line. */
export interface Field {
	readonly value: unknown;
	readonly path: readonly string[];
	/** Name used in messages. */
	readonly file: string;
	readonly lineOf: LineOf;
}

export type Fields<Key extends string> = {readonly [K in Key]: Field};

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws {PolicyError} one sentence that begins with file and line */
export function refuse(field: Field, message: string, code: PolicyErrorCode = 'POLICY_BAD_SHAPE'): never {
	const line = lineOf(field);
	const place = line === undefined ? field.file : `${field.file}:${line}`;
	throw new PolicyError(code, `${place}: ${message}`, line);
}

/** A key of a mapping that may have any keys. */
export function fieldAt(field: Field, key: string): Field {
	const value = isRecord(field.value) && Object.hasOwn(field.value, key) ? field.value[key] : undefined;
	return {...field, value, path: [...field.path, key]};
}

/** A mapping with these keys and no others; what is not there is a field without a value. */
export function fieldsOf<const Key extends string>(field: Field, keys: readonly Key[]): Fields<Key> {
	const unknown = entriesOf(field).find(([key]) => !keys.some(known => known === key));
	if (unknown !== undefined) {
		const [key, at] = unknown;
		refuse(at, `${quoted(key)} is not a key of ${nameOf(field)}; use ${keys.join(', ')}`);
	}

	return Object.fromEntries(keys.map(key => [key, fieldAt(field, key)])) as Fields<Key>; // All of them, just above.
}

/** A mapping whose keys are names; nothing where it is left out. */
export function entriesOf(field: Field): readonly (readonly [string, Field])[] {
	if (field.value === undefined) {
		return [];
	}

	return isRecord(field.value)
		? Object.keys(field.value).map(key => [key, fieldAt(field, key)] as const)
		: refuse(field, `${nameOf(field)} is a mapping`);
}

export function optional<T>(field: Field, read: (field: Field) => T): T | undefined {
	return field.value === undefined ? undefined : read(field);
}

export interface Expected {
	readonly pattern?: RegExp;
	/** Follows the name of the key: `is a name such as …`. */
	readonly expected: string;
	readonly max?: number;
}

export function textOf(field: Field, {pattern, expected, max = 500}: Expected): string {
	const {value} = field;
	const isGood =
		typeof value === 'string' &&
		value.trim() !== '' &&
		value.length <= max &&
		// Control characters would end in terminals, and lone surrogates in nothing that can be signed.
		!/[\p{Cc}\p{Cs}]/u.test(value) &&
		(pattern === undefined || pattern.test(value));
	return isGood
		? value
		: refuse(field, `${nameOf(field)} ${value === undefined ? 'is missing; it ' : ''}${expected}`);
}

export function choiceOf<const T extends string>(field: Field, allowed: readonly T[]): T {
	return (
		allowed.find(each => each === field.value) ??
		refuse(field, `${nameOf(field)} is one of ${allowed.join(', ')}`)
	);
}

export function integerOf(field: Field, min: number, max: number): number {
	const {value} = field;
	return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
		? value
		: refuse(field, `${nameOf(field)} is a whole number from ${min} to ${max}`);
}

export function booleanOf(field: Field): boolean {
	return typeof field.value === 'boolean' ? field.value : refuse(field, `${nameOf(field)} is true or false`);
}

export function listOf<T>(
	field: Field,
	{min, max}: {readonly min: number; readonly max: number},
	read: (item: Field) => T,
): readonly T[] {
	const items: unknown = field.value ?? [];
	if (!Array.isArray(items) || items.length < min || items.length > max) {
		return refuse(field, `${nameOf(field)} is a list of ${min} to ${max} entries`);
	}

	return items.map((value: unknown, index) => read({...field, value, path: [...field.path, String(index)]}));
}

const DATE =
	/^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][0-2]\d:[0-5]\d)$/;

/** RFC 3339 with its time zone: a date without one would mean another moment on another machine. */
export function dateOf(field: Field): string {
	const value = textOf(field, {expected: 'is a moment such as 2027-01-31T00:00:00Z'});
	const {year, month, day} = DATE.exec(value)?.groups ?? {};
	// JavaScript takes the 30th of February for the 2nd of March.
	const isDay = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
	return isDay && !Number.isNaN(Date.parse(value))
		? value
		: refuse(field, `${nameOf(field)} is a moment such as 2027-01-31T00:00:00Z`);
}

const DAYS = /^[1-9]\d{0,3}d$/;

/** `30d` → 30. */
export function daysOf(field: Field): number {
	const expected = 'is a number of days such as 30d';
	return Number(textOf(field, {pattern: DAYS, expected}).slice(0, -1));
}

/** Any text that a person wrote, for messages: printable and short. */
export function quoted(text: string): string {
	const short = Array.from(text.replaceAll(/[\p{Cc}\p{Cs}]/gu, '·'))
		.slice(0, 60)
		.join('');
	return JSON.stringify(short);
}

export function nameOf({path}: Field): string {
	return path.length === 0 ? 'the document' : path.join('.');
}

/** The line of the value, or of the nearest mapping that holds it. */
function lineOf({path, lineOf: ask}: Field): number | undefined {
	for (let length = path.length; length >= 0; length -= 1) {
		const line = ask(...path.slice(0, length));
		if (line !== undefined) {
			return line;
		}
	}

	return undefined;
}
