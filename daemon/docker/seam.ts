import type {Told} from './happening.ts';

/** The engine's own memory of events; what happened before them it cannot tell any more. */
export const ENGINE_REMEMBERS = 256;

/** More than the engine remembers, and than can be under way between it and us. */
const MAX_KEYS = 4096;

/** How far the engine was heard, over every connection to it: no event counts twice, and none is missed unnoticed. */
export interface Seam {
	/** The newest event that was heard; the next connection asks from a little before it on. */
	readonly newest: () => Told | undefined;
	/** True the first time. */
	readonly isNew: (told: Told) => boolean;
	readonly has: (told: Told) => boolean;
	/**
	 * Why events between the newest that was heard and now may be lost; undefined when the engine still remembers that one,
	 * and with it everything since.
	 */
	readonly lossAfter: (remembered: readonly Told[]) => string | undefined;
}

export function openSeam(): Seam {
	const keys = new Set<string>();
	let newest: Told | undefined;
	return {
		newest: () => newest,
		isNew: told => {
			if (newest === undefined || told.nanos >= newest.nanos) {
				newest = told;
			}

			if (keys.has(told.key)) {
				return false;
			}

			keys.add(told.key);
			if (keys.size > MAX_KEYS) {
				for (const oldest of keys) {
					keys.delete(oldest);
					break;
				}
			}

			return true;
		},
		has: ({key}) => keys.has(key),
		lossAfter: remembered => {
			if (remembered.some(({key}) => key === newest?.key)) {
				return undefined;
			}

			return remembered.length >= ENGINE_REMEMBERS
				? `more happened than the ${ENGINE_REMEMBERS} events that the engine remembers`
				: 'the engine was restarted, and has forgotten what happened before';
		},
	};
}
