import {ascii} from '../ascii.ts';

/** What a file of Traefik's may hold. A `Verbatim` is a part of the template that the file is, and no value. */
export type Value =
	| string
	| number
	| boolean
	| Verbatim
	| readonly Value[]
	| {readonly [key: string]: Value | undefined};

export interface Verbatim {
	readonly verbatim: string;
}

/** Text that Traefik's template engine reads, written by us to the last character. */
export function verbatim(text: string): Verbatim {
	return {verbatim: text};
}

/** Value → YAML, with every text in quotes, so that none becomes a number, a date or a template. */
export function yaml(value: Readonly<Record<string, Value | undefined>>): string {
	return `${linesOf(value).join('\n')}\n`;
}

/**
 * Text → one YAML scalar that means exactly this text. The only way by which a value of a plan gets into a file of Traefik's.
 * @throws {TypeError} for anything but printable ASCII
 */
export function quoted(text: string): string {
	// Traefik reads its dynamic file as a template first: two braces would begin an action there.
	return `"${ascii(text).replaceAll(/[\\"]/g, '\\$&').replaceAll('{', '\\x7b')}"`;
}

function linesOf(value: Value): readonly string[] {
	if (isList(value)) {
		return value.flatMap(item => under('-', item));
	}

	return typeof value === 'object' && !isVerbatim(value)
		? Object.entries(value).flatMap(([key, item]) =>
				item === undefined ? [] : under(`${keyOf(key)}:`, item),
			)
		: [scalar(value)];
}

function under(start: string, value: Value): readonly string[] {
	if (typeof value !== 'object' || isVerbatim(value)) {
		return [`${start} ${scalar(value)}`];
	}

	const lines = linesOf(value);
	return lines.length === 0
		? [`${start} ${isList(value) ? '[]' : '{}'}`]
		: [start, ...lines.map(line => `  ${line}`)];
}

function scalar(value: string | number | boolean | Verbatim): string {
	if (typeof value === 'object') {
		return value.verbatim;
	}

	if (typeof value === 'number' && !Number.isSafeInteger(value)) {
		throw new TypeError(`Only a whole number can be written into the proxy's configuration: ${value}`);
	}

	return typeof value === 'string' ? quoted(value) : String(value);
}

function keyOf(key: string): string {
	return /^[A-Za-z][A-Za-z0-9-]*$/.test(key) ? key : quoted(key);
}

function isList(value: Value): value is readonly Value[] {
	return Array.isArray(value);
}

function isVerbatim(value: object): value is Verbatim {
	return 'verbatim' in value;
}
