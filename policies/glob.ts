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

/** Whether every text that `narrow` matches is matched by one of `wide`. A pattern's own star is a character like any. */
export function isCovered(narrow: string, wide: readonly string[]): boolean {
	return wide.some(pattern => matchesGlob(pattern, narrow));
}
