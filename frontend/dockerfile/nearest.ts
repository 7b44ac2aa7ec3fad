/** Longer words are no misspellings of anything, and would cost time. */
const MAX_LENGTH = 40;

/**
 * The name that was probably meant: at most two letters off, one in a short word, whatever the case. Absent for the name
 * itself, and when none is near.
 */
export function nearestOf(word: string, names: Iterable<string>): string | undefined {
	if (word.length > MAX_LENGTH || word.length < 2) {
		return undefined;
	}

	const most = word.length < 4 ? 1 : 2;
	let nearest: {readonly name: string; readonly distance: number} | undefined;
	for (const name of names) {
		const isClose = name !== word && Math.abs(name.length - word.length) <= most;
		const distance = isClose ? distanceOf(word.toLowerCase(), name.toLowerCase()) : Number.POSITIVE_INFINITY;
		if (distance <= most && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
			nearest = {name, distance};
		}
	}

	return nearest?.name;
}

/** Comparisons that one file may cost: whoever misspells more names than this needs no more advice. */
const MAX_COMPARED = 50_000;

/** The same for many words of one file, up to a bound. */
export function nearestIn(names: ReadonlySet<string>): (word: string) => string | undefined {
	let left = MAX_COMPARED;
	return word => {
		left -= names.size;
		return left < 0 ? undefined : nearestOf(word, names);
	};
}

/** Letters to add, drop, replace or swap with their neighbour (Damerau's distance, restricted). */
function distanceOf(a: string, b: string): number {
	let older: readonly number[] = [];
	let last: readonly number[] = Array.from({length: b.length + 1}, (_, index) => index);
	for (let i = 1; i <= a.length; i += 1) {
		const row = [i];
		for (let j = 1; j <= b.length; j += 1) {
			const swap = isSwap(a, b, i, j) ? at(older, j - 2) : Number.POSITIVE_INFINITY;
			const change = at(last, j - 1) + Number(a[i - 1] !== b[j - 1]);
			row.push(Math.min(at(row, j - 1) + 1, at(last, j) + 1, change, swap + 1));
		}
		older = last;
		last = row;
	}

	return last[b.length] ?? Number.POSITIVE_INFINITY;
}

function at(row: readonly number[], index: number): number {
	return row[index] ?? Number.POSITIVE_INFINITY;
}

function isSwap(a: string, b: string, i: number, j: number): boolean {
	return i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
}
