/** A run of lines that differ: which of the old ones go, and which new ones come in their place. */
export interface Change {
	/** Index of the first line of the old text that goes, or before which new lines come. */
	readonly at: number;
	readonly removed: readonly string[];
	/** Index in the new text. */
	readonly newAt: number;
	readonly added: readonly string[];
}

/** More differing lines than this are shown as one change: the search for the smallest takes quadratic time. */
const MAX_EDITS = 2000;

/** What turns one list of lines into the other, with as few lines as possible (Myers, "An O(ND) Difference Algorithm"). */
export function changesBetween(before: readonly string[], after: readonly string[]): readonly Change[] {
	let head = 0;
	while (head < before.length && head < after.length && before[head] === after[head]) {
		head += 1;
	}

	let tail = 0;
	const most = Math.min(before.length, after.length) - head;
	while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) {
		tail += 1;
	}

	const old = before.slice(head, before.length - tail);
	const fresh = after.slice(head, after.length - tail);
	const kept = keptLines(old, fresh);
	return gapsBetween([...kept, [old.length, fresh.length]], old, fresh).map(
		({at, newAt, removed, added}) => ({
			at: at + head,
			newAt: newAt + head,
			removed,
			added,
		}),
	);
}

type Pair = readonly [number, number];

function gapsBetween(
	kept: readonly Pair[],
	old: readonly string[],
	fresh: readonly string[],
): readonly Change[] {
	let at = 0;
	let newAt = 0;
	return kept.flatMap(([index, newIndex]) => {
		const change = {at, newAt, removed: old.slice(at, index), added: fresh.slice(newAt, newIndex)};
		at = index + 1;
		newAt = newIndex + 1;
		return change.removed.length + change.added.length === 0 ? [] : [change];
	});
}

/** The lines that stay, as pairs of their indexes; none when the texts differ too much to search. */
function keptLines(old: readonly string[], fresh: readonly string[]): readonly Pair[] {
	const trace: (readonly number[])[] = [];
	const most = Math.min(MAX_EDITS, old.length + fresh.length);
	for (let edits = 0; edits <= most; edits += 1) {
		const before = trace.at(-1) ?? [];
		const ends = Array.from({length: edits + 1}, (_, lane) =>
			slide(reach(before, edits, lane).x, 2 * lane - edits, old, fresh),
		);
		trace.push(ends);
		// Both ends are reached in the one lane whose diagonal leads there.
		if (ends[(old.length - fresh.length + edits) / 2] === old.length) {
			return walkBack(trace, old.length, fresh.length);
		}
	}

	return [];
}

interface Reached {
	readonly x: number;
	readonly isInsert: boolean;
}

/** How far a lane starts: one line added on the lane beside it, or one removed on the other side. */
function reach(before: readonly number[], edits: number, lane: number): Reached {
	const byInsert = before[lane] ?? -1;
	const byRemoval = (before[lane - 1] ?? -2) + 1;
	return edits === 0
		? {x: 0, isInsert: false}
		: {x: Math.max(byInsert, byRemoval), isInsert: byInsert >= byRemoval};
}

function slide(start: number, diagonal: number, old: readonly string[], fresh: readonly string[]): number {
	let x = start;
	while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) {
		x += 1;
	}

	return x;
}

function walkBack(
	trace: readonly (readonly number[])[],
	oldLength: number,
	freshLength: number,
): readonly Pair[] {
	const pairs: Pair[] = [];
	let x = oldLength;
	let y = freshLength;
	for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
		const from = reach(trace[edits - 1] ?? [], edits, (x - y + edits) / 2);
		for (; x > from.x; x -= 1, y -= 1) {
			pairs.push([x - 1, y - 1]);
		}

		x -= from.isInsert || edits === 0 ? 0 : 1;
		y -= from.isInsert ? 1 : 0;
	}

	return pairs.toReversed();
}
