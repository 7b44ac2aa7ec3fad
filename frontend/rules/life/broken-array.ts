interface Item {
	readonly value: string;
	readonly end: number;
}

/**
 * What was meant by text in brackets that is no JSON: strings in single or typographic quotes, a comma too many, a bracket or a
 * comma too few, backslashes that JSON does not know. Absent for a shell's `[ … ]` and for what cannot be told.
 */
export function repairedArray(text: string): string | undefined {
	const items: string[] = [];
	let at = skipBlanks(text, 1);
	let hasComma = true;
	while (at < text.length && text[at] !== ']') {
		const item = hasComma ? itemAt(text, at) : undefined;
		if (item === undefined) {
			return undefined;
		}

		items.push(item.value);
		at = skipBlanks(text, item.end);
		hasComma = text[at] === ',';
		at = skipBlanks(text, hasComma ? at + 1 : at);
	}

	const isEnd = at >= text.length - 1;
	// One item and no comma may be a test of the shell's: [ "$A" ].
	const isMeant = items.length > 1 || /^\[\S/.test(text);
	return isEnd && isMeant && items.length > 0
		? `[${items.map(item => JSON.stringify(item)).join(', ')}]`
		: undefined;
}

function skipBlanks(text: string, from: number): number {
	let at = from;
	while (/^[ \t]$/.test(text.charAt(at))) {
		at += 1;
	}

	return at;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
	['"', '"'],
	["'", "'"],
	['“', '”'],
	['‘', '’'],
	['”', '”'],
	['’', '’'],
]);

function itemAt(text: string, at: number): Item | undefined {
	const close = CLOSING.get(text.charAt(at));
	return close === undefined ? bareAt(text, at) : quotedAt(text, at, close);
}

/** A word without quotes: plain enough to be meant as it is. */
function bareAt(text: string, at: number): Item | undefined {
	const word = /[\w./:@%+=-]+/y;
	word.lastIndex = at;
	const [value] = word.exec(text) ?? [];
	return value === undefined ? undefined : {value, end: at + value.length};
}

function quotedAt(text: string, at: number, close: string): Item | undefined {
	const parts: string[] = [];
	for (let next = at + 1; next < text.length; next += 1) {
		const character = text.charAt(next);
		if (character === close) {
			return {value: parts.join(''), end: next + 1};
		}

		const escaped = character === '\\' ? escapeAt(text, next, close) : undefined;
		parts.push(escaped?.value ?? character);
		next = (escaped?.end ?? next + 1) - 1;
	}

	return undefined;
}

/** An escape that JSON knows, or that of the quote itself; any other backslash is meant as one. */
function escapeAt(text: string, at: number, close: string): Item | undefined {
	const [sequence] = /^\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])/.exec(text.slice(at, at + 6)) ?? [];
	if (sequence !== undefined) {
		return {value: JSON.parse(`"${sequence}"`), end: at + sequence.length};
	}

	return text[at + 1] === close ? {value: close, end: at + 2} : undefined;
}
