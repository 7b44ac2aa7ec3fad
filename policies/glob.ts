/** Longest text that a pattern is held against: what is longer is a wall of data and no name. */
const MAX_TEXT = 4096;

/**
 * True when the whole text matches. `*` stands for any run of characters, everything else for itself: there is nothing in
 * it that could backtrack.
 */
export function matchesGlob(pattern: string, text: string): boolean {
	const [first = '', ...rest] = pattern.split('*');
	const last = rest.pop();
	if (last === undefined) {
		return text === first;
	}

	if (text.length > MAX_TEXT || text.length < first.length + last.length) {
		return false;
	}

	if (!text.startsWith(first) || !text.endsWith(last)) {
		return false;
	}

	// What lies between two stars may lie anywhere, so the first place is as good as any.
	const end = text.length - last.length;
	let at = first.length;
	for (const part of rest) {
		const found = text.indexOf(part, at);
		if (found < 0 || found + part.length > end) {
			return false;
		}

		at = found + part.length;
	}

	return true;
}

/**
 * Whether every image that one pattern of a list of images means is meant by one of the others, too. In such lists `*` is any
 * text without a slash; `**`, and `/*` at the end, is any text at all.
 */
export function isCovered(narrow: string, wide: readonly string[]): boolean {
	const tokens = tokensOf(narrow);
	return wide.some(pattern => covers(tokensOf(pattern), tokens));
}

type Token = 'some' | 'any' | {readonly is: string};

function tokensOf(pattern: string): readonly Token[] {
	return Array.from(pattern.matchAll(/\*\*|\*|[^*]/gsu), ([text]): Token => {
		return text === '**' ? 'any' : text === '*' ? 'some' : {is: text};
	}).map((token, index, all) => (isDeep(token, index, all) ? 'any' : token));
}

function isDeep(token: Token, index: number, all: readonly Token[]): boolean {
	const before = all[index - 1];
	return token === 'some' && index === all.length - 1 && typeof before === 'object' && before.is === '/';
}

/** A star of the narrow pattern stands for texts, so only a star that takes all of those covers it. */
function covers(wide: readonly Token[], narrow: readonly Token[]): boolean {
	let ends: ReadonlySet<number> = new Set([0]);
	for (const token of wide) {
		ends = new Set([...ends].flatMap(end => reached(token, end, narrow)));
	}

	return ends.has(narrow.length);
}

function reached(token: Token, start: number, narrow: readonly Token[]): readonly number[] {
	if (typeof token === 'object') {
		const next = narrow[start];
		return typeof next === 'object' && next.is === token.is ? [start + 1] : [];
	}

	const all = [start];
	for (const [index, next] of narrow.slice(start).entries()) {
		if (token === 'some' && (next === 'any' || (typeof next === 'object' && next.is === '/'))) {
			break;
		}

		all.push(start + index + 1);
	}

	return all;
}
