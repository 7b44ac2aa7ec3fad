import {type Lane, lanes} from './paces.ts';

/** Whose turn it is: what events ask for comes before what is due by the clock, and long looks have few places. */
export interface Turns {
	readonly add: (id: string, line: 'event' | Lane) => void;
	/** Undefined when nobody waits, or no place is free. Every turn that was taken MUST be given back by `done`. */
	readonly take: () => {readonly id: string; readonly lane: Lane} | undefined;
	readonly done: (lane: Lane) => void;
	/** Whether so many are being looked at, or wait for it, that looks have to be quick. */
	readonly isCrowded: () => boolean;
}

/** So many waiting for a prompt look are a crowd. */
const HURRY = 4;

/** After so many turns of events one by the clock comes first, so that a flood of events starves nobody. */
const FAIRNESS = 8;

/** @param mayLong asked when a long look has a place and somebody waits for it; a yes is taken */
export function turns(places: Readonly<Record<Lane, number>>, mayLong = (): boolean => true): Turns {
	const lines: Readonly<Record<'event' | Lane, Set<string>>> = {
		event: new Set(),
		prompt: new Set(),
		light: new Set(),
		long: new Set(),
	};
	const taken: Record<Lane, number> = {prompt: 0, light: 0, long: 0};
	let inARow = 0;

	function first(line: Set<string>): string | undefined {
		const [id] = line;
		if (id !== undefined) {
			line.delete(id);
		}

		return id;
	}

	function isWaitedFor(lane: Lane): boolean {
		return lines[lane].size > 0 || (lane === 'prompt' && lines.event.size > 0);
	}

	function nextIn(lane: Lane): string | undefined {
		if (lane !== 'prompt') {
			return first(lines[lane]);
		}

		const isTheirTurn = inARow >= FAIRNESS && lines.prompt.size > 0;
		inARow = isTheirTurn ? 0 : inARow + 1;
		return isTheirTurn ? first(lines.prompt) : (first(lines.event) ?? first(lines.prompt));
	}

	return {
		add: (id, line) => {
			lines[line].add(id);
		},
		take: () => {
			const lane = lanes.find(
				each => taken[each] < places[each] && isWaitedFor(each) && (each !== 'long' || mayLong()),
			);
			const id = lane === undefined ? undefined : nextIn(lane);
			if (lane === undefined || id === undefined) {
				return;
			}

			taken[lane] += 1;
			return {id, lane};
		},
		isCrowded: () =>
			lines.event.size + lines.prompt.size > HURRY || 8 * (taken.prompt + taken.light - 1) > places.prompt,
		done: lane => {
			taken[lane] -= 1;
		},
	};
}

/** Long looks that may begin at once on a host that has been quiet. */
const BURST = 32;

/** A host with few containers need not wait longer than this for its next long look. */
const USUAL_MS = 5000;

/**
 * Spreads long looks: a thousand containers that were all seen first in the same minute are not all to be looked into in the
 * next. Each has its long look within two thirds of a round.
 */
export function rationOf(
	count: () => number,
	roundMs: number,
	clock = () => performance.now(),
): {readonly take: () => boolean} {
	let left = BURST;
	let at = clock();
	return {
		take: () => {
			const everyMs = Math.min(USUAL_MS, roundMs / (1.5 * Math.max(1, count())));
			const now = clock();
			left = Math.min(BURST, left + (now - at) / everyMs);
			at = now;
			const isAllowed = left >= 1;
			left -= isAllowed ? 1 : 0;
			return isAllowed;
		},
	};
}
