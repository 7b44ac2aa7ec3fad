import {setTimeout as sleep} from 'node:timers/promises';
import {valuesOf} from '../ask.ts';
import {onCanary} from '../canary.ts';
import {isSame, keptAt, unlessKept} from './kept.ts';

/** The canary's answer lives for a second and may be used two seconds longer while nobody has a new one; whole seconds are counted. */
const STALE_MS = 2200;
const OVER_MS = 2200;

/** Who is behind the proxy goes away: an old answer may be given for as long as it said, marked as old, and no longer. */
export const cacheStaleBounded = onCanary(async (canary, proxy, subject, signal) => {
	const nothing = unlessKept(proxy);
	if (nothing !== undefined) {
		return nothing;
	}

	const get = keptAt(canary, 'stale', subject, signal);
	const first = await get();
	await sleep(STALE_MS, undefined, {signal});
	const stale = await get();
	await sleep(OVER_MS, undefined, {signal});
	const over = await get();
	const isMarked =
		valuesOf(stale.answer, 'age').length > 0 &&
		valuesOf(stale.answer, 'cache-status').some(status => /stale/i.test(status));
	const observed = {
		fresh: first.answer.status,
		stale: stale.answer.status,
		marked: isMarked,
		over: over.answer.status,
	};
	const wrong = [
		...(first.echo === undefined ? ['the canary is not answered as it should be'] : []),
		...(isSame(first, stale) && !isMarked ? ['an old answer is not marked as old'] : []),
		...(isSame(first, over) ? ['an old answer is given for longer than it said'] : []),
	];
	return [
		wrong.length === 0
			? {
					result: 'pass',
					message: 'An old answer is given for as long as it said and marked, and then no more',
					observed,
				}
			: {result: 'fail', message: `Of what the proxy keeps: ${wrong.join('; ')}`, observed},
	];
});
