import type {Lane} from './paces.ts';

/** Whose turn it is: what events ask for comes before what is due by the clock, and long looks have few places. */
export interface Turns {
	readonly add: (id: string, line: 'event' | Lane) => void;
	/** Undefined when nobody waits, or no place is free. Every turn that was taken MUST be given back by `done`. */
	readonly take: () => {readonly id: string; readonly lane: Lane} | undefined;
	readonly done: (lane: Lane) => void;
}

/** After so many turns of events one by the clock comes first, so that a flood of events starves nobody. */
const FAIRNESS = 8;

export function turns(places: number, longPlaces: number): Turns {
	const lines: Readonly<Record<'event' | Lane, Set<string>>> = {
		event: new Set(),
		prompt: new Set(),
		long: new Set(),
	};
	const taken: Record<Lane, number> = {prompt: 0, long: 0};
	let inARow = 0;

	function first(line: Set<string>): string | undefined {
		const [id] = line;
		if (id !== undefined) {
			line.delete(id);
		}

		return id;
	}

	function nextPrompt(): string | undefined {
		const isTheirTurn = inARow >= FAIRNESS && lines.prompt.size > 0;
		inARow = isTheirTurn ? 0 : inARow + 1;
		return isTheirTurn ? first(lines.prompt) : (first(lines.event) ?? first(lines.prompt));
	}

	return {
		add: (id, line) => {
			lines[line].add(id);
		},
		take: () => {
			const prompt = taken.prompt < places ? nextPrompt() : undefined;
			const long = prompt === undefined && taken.long < longPlaces ? first(lines.long) : undefined;
			const id = prompt ?? long;
			if (id === undefined) {
				return;
			}

			const lane = prompt === undefined ? 'long' : 'prompt';
			taken[lane] += 1;
			return {id, lane};
		},
		done: lane => {
			taken[lane] -= 1;
		},
	};
}
