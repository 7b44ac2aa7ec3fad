import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

/** Whether a process of this machine, in whatever container, holds this text in its command line or its environment. */
export function isRunning(text: string): boolean {
	return readdirSync('/proc')
		.filter(name => /^\d+$/.test(name) && name !== String(process.pid))
		.some(pid => [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some(path => holds(path, text)));
}

function holds(path: string, text: string): boolean {
	try {
		return readFileSync(path, 'utf8').includes(text);
	} catch {
		// It has ended meanwhile.
		return false;
	}
}

/** Waits until something holds, but not for ever. Whether it does in the end. */
export async function until(holdsNow: () => boolean, ms: number): Promise<boolean> {
	for (const end = Date.now() + ms; Date.now() < end && !holdsNow(); ) {
		await sleep(100);
	}

	return holdsNow();
}
