import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

/** Files between two collections: a full one takes a hundredth of a second, this many a quarter of one. */
const FILES = 64;

/**
 * Counts files, and lets go of what was made for them from time to time. V8 by itself lets the heap grow to ten times what is
 * alive before it looks; a judge of ten thousand files has no claim on that much of a machine.
 */
export function collector(): () => void {
	let count = 0;
	let collect: (() => void) | undefined;
	return () => {
		count += 1;
		if (count % FILES === 0) {
			collect ??= exposed();
			collect();
		}
	};
}

function exposed(): () => void {
	setFlagsFromString('--expose-gc');
	return runInNewContext('gc') as () => void; // The flag just set puts it there.
}
