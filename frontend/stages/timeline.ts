/** A value that something may change while a stage goes on. */
interface Change {
	readonly at: number;
	readonly value: string;
}

/**
 * Variables over the course of a stage: what each was worth at any instruction, in time that does not grow with the number of
 * instructions. It begins with all that its parent ended with.
 */
export interface Timeline {
	readonly parent: Timeline | undefined;
	readonly changes: Map<string, Change[]>;
}

export function timelineFrom(
	parent: Timeline | undefined,
	values: Iterable<readonly [string, string]> = [],
): Timeline {
	return {parent, changes: new Map(Array.from(values, ([name, value]) => [name, [{at: -1, value}]]))};
}

/** @param at number of the instruction; MUST not go down from call to call */
export function setAt({changes}: Timeline, name: string, at: number, value: string): void {
	const list = changes.get(name);
	if (list === undefined) {
		changes.set(name, [{at, value}]);
	} else {
		list.push({at, value});
	}
}

/** What the variable is worth for the instruction of number `at`: changes by earlier ones count, its own do not. */
export function valueAt(timeline: Timeline, name: string, at: number): string | undefined {
	let limit = at;
	for (let own: Timeline | undefined = timeline; own !== undefined; own = own.parent) {
		const list = own.changes.get(name);
		const found = list === undefined ? undefined : lastBefore(list, limit);
		if (found !== undefined) {
			return found;
		}

		limit = Number.POSITIVE_INFINITY;
	}

	return undefined;
}

function lastBefore(list: readonly Change[], at: number): string | undefined {
	let low = 0;
	let high = list.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((list[middle]?.at ?? at) < at) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return list[low - 1]?.value;
}
