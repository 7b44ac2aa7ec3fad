/** A value of a structured field (RFC 9651), without its parameters. Strings and tokens are told apart. */
export type Bare = {readonly kind: 'token' | 'string'; readonly text: string} | {readonly kind: 'other'};
export type Member = Bare | {readonly kind: 'list'; readonly items: readonly Bare[]};

const KEY = /[a-z*][a-z0-9_.*-]*/y;
const TOKEN = /[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/y;
/** Numbers, dates, byte sequences, booleans, display strings: no field that is read here has a use for them. */
const OTHER = /-?\d{1,15}(?:\.\d{1,3})?|@-?\d{1,15}|:[A-Za-z0-9+/=]*:|\?[01]|%"[\x20-\x21\x23-\x7e]*"/y;
/** No escape stands without its character, so neither part can match what the other does. */
const STRING = /"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const SPACES = / */y;
const WHITE = /[ \t]*/y;

class Malformed extends Error {
	override readonly name = 'Malformed';
}

/**
 * RFC 9651 §4.2: lines are joined by commas; one mistake makes all of them void, which is undefined here. Of a key that comes
 * twice the last counts.
 */
export function readDictionary(values: readonly string[]): ReadonlyMap<string, Member> | undefined {
	const text = values.join(', ');
	try {
		return dictionaryIn(reader(text));
	} catch (error) {
		if (error instanceof Malformed) {
			return undefined;
		}

		throw error;
	}
}

/** A single value; undefined where the field is not written as one. */
export function readItem(values: readonly string[]): Bare | undefined {
	try {
		const read = reader(values.join(', '));
		read.take(SPACES);
		const item = itemIn(read);
		read.take(SPACES);
		return read.atEnd() ? item : undefined;
	} catch (error) {
		if (error instanceof Malformed) {
			return undefined;
		}

		throw error;
	}
}

interface Reader {
	readonly peek: () => string;
	readonly atEnd: () => boolean;
	/** Whether the character stands here; it is consumed. */
	readonly skip: (character: string) => boolean;
	/** What a pattern matches here, consumed; undefined when it does not. */
	readonly take: (pattern: RegExp) => RegExpExecArray | undefined;
}

function reader(text: string): Reader {
	let at = 0;
	return {
		peek: () => text[at] ?? '',
		atEnd: () => at >= text.length,
		skip: character => {
			const isHere = text[at] === character;
			at += isHere ? 1 : 0;
			return isHere;
		},
		take: pattern => {
			pattern.lastIndex = at;
			const match = pattern.exec(text);
			at += match?.[0].length ?? 0;
			return match ?? undefined;
		},
	};
}

function dictionaryIn(read: Reader): ReadonlyMap<string, Member> {
	const members = new Map<string, Member>();
	read.take(SPACES);
	while (!read.atEnd()) {
		const key = taken(read, KEY)[0];
		const member: Member = read.skip('=') ? memberIn(read) : {kind: 'other'};
		parametersIn(read);
		members.set(key, member);
		read.take(WHITE);
		if (read.atEnd()) {
			break;
		}

		if (!read.skip(',')) {
			throw new Malformed();
		}

		read.take(WHITE);
		if (read.atEnd()) {
			throw new Malformed();
		}
	}

	return members;
}

function memberIn(read: Reader): Member {
	if (!read.skip('(')) {
		return bareIn(read);
	}

	const items: Bare[] = [];
	for (;;) {
		const gap = read.take(SPACES)?.[0] ?? '';
		if (read.skip(')')) {
			return {kind: 'list', items};
		}

		if (items.length > 0 && gap === '') {
			throw new Malformed();
		}

		items.push(itemIn(read));
	}
}

function itemIn(read: Reader): Bare {
	const bare = bareIn(read);
	parametersIn(read);
	return bare;
}

function bareIn(read: Reader): Bare {
	const text = read.take(STRING)?.[1];
	if (text !== undefined) {
		return {kind: 'string', text: text.replace(/\\(["\\])/g, '$1')};
	}

	const token = read.take(TOKEN)?.[0];
	if (token !== undefined) {
		return {kind: 'token', text: token};
	}

	taken(read, OTHER);
	return {kind: 'other'};
}

function parametersIn(read: Reader): void {
	while (read.skip(';')) {
		read.take(SPACES);
		taken(read, KEY);
		if (read.skip('=')) {
			bareIn(read);
		}
	}
}

function taken(read: Reader, pattern: RegExp): RegExpExecArray {
	const match = read.take(pattern);
	if (match === undefined || match[0] === '') {
		throw new Malformed();
	}

	return match;
}
