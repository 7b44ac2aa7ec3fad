import {setTimeout as sleep} from 'node:timers/promises';
import type {Log} from './log/log.ts';

const FIRST_MS = 30_000;
const EVERY_MS = 3_600_000;
/** Of a core, at most, while it checks: a million entries take ten minutes of every hour. */
const SHARE = 0.2;

export interface SelfCheckTimes {
	readonly firstMs: number;
	readonly everyMs: number;
}

/**
 * Checks the whole log soon after the start, which looked only at what came since, and then every hour, until the signal.
 * @param broken is told once, with the reason; from then on nothing is appended and nothing checked
 */
export async function checkHourly(
	log: Pick<Log, 'check' | 'integrity'>,
	broken: (reason: string) => void,
	signal: AbortSignal,
	{firstMs, everyMs}: SelfCheckTimes = {firstMs: FIRST_MS, everyMs: EVERY_MS},
): Promise<void> {
	for (let wait = firstMs; log.integrity().state === 'ok'; wait = everyMs) {
		await sleep(wait, undefined, {signal, ref: false}).catch(() => undefined);
		if (signal.aborted) {
			return;
		}

		const found = await log.check(1 - SHARE);
		// A store that was closed under the check says nothing about the log.
		if (found.state === 'broken' && !signal.aborted) {
			broken(found.reason);
		}
	}
}
