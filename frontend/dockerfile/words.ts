import {decode, isBlank, skipSpace, spaceAt, toLower} from './bytes.ts';

/** Offsets in a binary string, and the text when it is not just what lies between them. */
export interface Token {
	readonly start: number;
	readonly end: number;
	readonly raw?: string;
}

/** Words parted by `[\t\v\f\r ]`: FROM, EXPOSE, and the shell form of COPY, ADD and VOLUME. */
export function splitBlank(binary: string): readonly Token[] {
	const words = binary.matchAll(/[^\t\v\f\r ]+/g);
	return Array.from(words, ({index, 0: word}) => ({start: index, end: index + word.length}));
}

/** Words of ENV, LABEL and ARG: white space inside quotes or behind an escape does not part them. Quotes are kept. */
function splitQuoted(binary: string, escapeBy: string): readonly Token[] {
	const words: Token[] = [];
	let at = skipSpace(binary, 0);
	while (at < binary.length) {
		const end = endOfWord(binary, at, escapeBy);
		if (end <= binary.length) {
			words.push({start: at, end});
		} else if (binary.length - at > 1) {
			// BuildKit drops an escape character that ends the text.
			words.push({start: at, end: binary.length, raw: binary.slice(at, -1)});
		}
		at = skipSpace(binary, Math.min(end, binary.length));
	}
	return words;
}

/** Where the word that starts at `start` ends; one more than the length when its last byte is a lone escape. */
function endOfWord(binary: string, start: number, escapeBy: string): number {
	let quote = '';
	let at = start;
	while (at < binary.length) {
		const character = binary.charAt(at);
		if (character === escapeBy && quote !== "'") {
			at += 2;
			continue;
		}
		if (quote === '' && spaceAt(binary, at) > 0) {
			return at;
		}
		quote = quoteAfter(quote, character);
		at += 1;
	}
	return at;
}

function quoteAfter(quote: string, character: string): string {
	if (quote === '') {
		return character === '"' || character === "'" ? character : '';
	}
	return character === quote ? '' : quote;
}

/** A word of ENV, LABEL or ARG: where its name ends, and where its value begins if it has one. */
export interface PairToken extends Token {
	readonly nameEnd: number;
	readonly valueStart?: number;
}

/** `name=value …`, or the old form `name value` as one word: the first word tells, as in BuildKit. */
export function splitPairs(binary: string, escapeBy: string): readonly PairToken[] {
	const words = splitPairsOrNames(binary, escapeBy);
	const [first] = words;
	if (first === undefined || first.valueStart !== undefined) {
		return words;
	}
	const {end: nameEnd, rest} = splitKeyword(binary);
	return [{start: 0, end: binary.length, nameEnd, ...(rest > nameEnd ? {valueStart: rest} : {})}];
}

/** Words of ARG: `name=value` or just `name`. */
export function splitPairsOrNames(binary: string, escapeBy: string): readonly PairToken[] {
	return splitQuoted(binary, escapeBy).map(word => {
		const equals = binary.slice(word.start, word.end).indexOf('=');
		const at = word.start + equals;
		return equals === -1 ? {...word, nameEnd: word.end} : {...word, nameEnd: at, valueStart: at + 1};
	});
}

/** The first word up to a `[\t\v\f\r ]`, and where the rest begins. */
export function splitKeyword(binary: string): {
	readonly keyword: string;
	readonly end: number;
	readonly rest: number;
} {
	const end = /[\t\v\f\r ]/.exec(binary)?.index ?? binary.length;
	let rest = end;
	while (isBlank(binary[rest])) {
		rest += 1;
	}
	return {keyword: keywordOf(binary.slice(0, end)), end, rest};
}

// Only a to z go back to upper case: others (the long s) would become letters that BuildKit does not see.
function keywordOf(binary: string): string {
	if (/^[a-zA-Z]+$/.test(binary)) {
		return binary.toUpperCase();
	}
	return toLower(decode(binary)).replace(/[a-z]+/g, letters => letters.toUpperCase());
}

/** The `CMD` or `NONE` of a HEALTHCHECK, and what follows. */
export function splitHealthcheck(binary: string): readonly Token[] {
	// BuildKit looks at bytes here, so 0x85 and 0xA0 part words even inside a character.
	const end = /[\t-\r \x85\xa0]/.exec(binary)?.index ?? binary.length;
	const start = end + (/[^\t-\r \x85\xa0]/.exec(binary.slice(end))?.index ?? binary.length - end);
	const words = [
		{start: 0, end},
		{start, end: binary.length},
	];
	return words.filter(word => word.end > word.start);
}

export type Exec =
	| {readonly kind: 'exec'; readonly items: readonly string[]}
	| {readonly kind: 'shell' | 'not-strings'};

/** Whether the text is a JSON array of strings (exec form), an array of something else, or no JSON at all. */
export function readExec(binary: string): Exec {
	// A HEALTHCHECK's command may begin with white space that parted no words.
	const text = binary.slice(skipSpace(binary, 0));
	const items = text.startsWith('[') ? parseJson(decode(text)) : undefined;
	if (
		!Array.isArray(items) ||
		items.includes(Number.POSITIVE_INFINITY) ||
		items.includes(Number.NEGATIVE_INFINITY)
	) {
		return {kind: 'shell'};
	}
	return items.every(item => typeof item === 'string')
		? {kind: 'exec', items: items.map(item => item.toWellFormed())}
		: {kind: 'not-strings'};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The items of an exec form as written, quotes included. */
export function splitExec(binary: string): readonly Token[] {
	const items = binary.matchAll(/"(?:[^"\\]|\\.)*"/g);
	return Array.from(items, ({index, 0: item}) => ({start: index, end: index + item.length}));
}
