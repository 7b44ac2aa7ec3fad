/**
 * Which of two Debian versions is the newer one, as dpkg orders them: negative when `a` is older, 0 when they are equal. A tilde
 * sorts before everything, the end of the text too; numbers count as numbers.
 */
export function compareDebianVersions(a: string, b: string): number {
	const [left, right] = [partsOf(a), partsOf(b)];
	return (
		left.epoch - right.epoch ||
		comparePart(left.upstream, right.upstream) ||
		comparePart(left.revision, right.revision)
	);
}

/** `1:2.3-4` → its epoch, what comes before the last hyphen, and what comes after it. */
function partsOf(version: string): {
	readonly epoch: number;
	readonly upstream: string;
	readonly revision: string;
} {
	const colon = version.indexOf(':');
	const rest = version.slice(colon + 1);
	const hyphen = rest.lastIndexOf('-');
	return {
		epoch: colon < 0 ? 0 : Number(version.slice(0, colon)) || 0,
		upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
		revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
	};
}

/** Words and numbers by turns, as both texts have them. */
function comparePart(a: string, b: string): number {
	const [left, right] = [runsOf(a), runsOf(b)];
	for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
		const order =
			at % 2 === 0
				? compareWords(left[at] ?? '', right[at] ?? '')
				: compareNumbers(left[at] ?? '', right[at] ?? '');
		if (order !== 0) {
			return order;
		}
	}

	return 0;
}

/** Begins with a word, which may be empty. */
function runsOf(text: string): readonly string[] {
	const runs = text.match(/\d+|\D+/g) ?? [];
	return /^\d/.test(text) ? ['', ...runs] : runs;
}

function compareWords(a: string, b: string): number {
	for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
		const order = rankOf(a, at) - rankOf(b, at);
		if (order !== 0) {
			return order;
		}
	}

	return 0;
}

/** A tilde, then the end, then letters, then all else. */
function rankOf(text: string, at: number): number {
	const letter = text[at];
	if (letter === undefined) {
		return 0;
	}

	return letter === '~' ? -1 : letter.charCodeAt(0) + (/[A-Za-z]/.test(letter) ? 0 : 256);
}

/** Of any length: more digits are a larger number. */
function compareNumbers(a: string, b: string): number {
	const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
	return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}
