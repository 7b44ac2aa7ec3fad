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
	/** What a child has asked for once it was over: stages on stages would otherwise ask all below them each time. */
	readonly ends: Map<string, string | undefined>;
}

export function timelineFrom(
	parent: Timeline | undefined,
	values: Iterable<readonly [string, string]> = [],
): Timeline {
	const changes = Array.from(values, ([name, value]) => [name, [{at: -1, value}]] as const);
	return {parent, changes: new Map(changes.map(([name, list]) => [name, [...list]])), ends: new Map()};
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
export function valueAt({parent, changes}: Timeline, name: string, at: number): string | undefined {
	const list = changes.get(name);
	return (list === undefined ? undefined : lastBefore(list, at)) ?? endOf(parent, name);
}

/** What it was worth at the end of a stage. A stage is over when another begins with what it ended with. */
function endOf(timeline: Timeline | undefined, name: string): string | undefined {
	let found: string | undefined;
	for (let own = timeline; own !== undefined; own = own.parent) {
		if (own.ends.has(name)) {
			found = own.ends.get(name);
			break;
		}

		found = own.changes.get(name)?.at(-1)?.value;
		if (found !== undefined) {
			break;
		}
	}

	timeline?.ends.set(name, found);
	return found;
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
