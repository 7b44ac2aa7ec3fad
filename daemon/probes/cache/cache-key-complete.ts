import {onCanary} from '../canary.ts';
import {isSame, keptAt, unlessKept} from './kept.ts';

const POISON = 'poison.invalid';

/** Two questions that differ must not share an answer, and what no key holds must change none. */
export const cacheKeyComplete = onCanary(async (canary, proxy, subject, signal) => {
	const nothing = unlessKept(proxy);
	if (nothing !== undefined) {
		return nothing;
	}

	const get = keptAt(canary, 'kept', subject, signal);
	const poisoned = await get([
		['X-Forwarded-Host', POISON],
		['X-Original-URL', '/poison'],
		['X-Rewrite-URL', '/poison'],
	]);
	const clean = await get();
	const otherQuery = await get([], {query: '&other'});
	// With a port in it the name is the same, and another part of what an application is asked.
	const otherHost = await get([['Host', `${canary.host}:8443`]]);
	const kept = clean.echo;
	const isPoisoned = [poisoned, clean].some(
		({answer, echo}) => answer.body.includes(POISON) || (echo?.original ?? '') !== '',
	);
	const wrong = [
		...(kept === undefined ? ['the canary is not answered as it should be'] : []),
		...(isPoisoned ? ['a header that no key holds changes the answer'] : []),
		...(isSame(clean, otherQuery) ? ['another query gets the same answer'] : []),
		...(isSame(clean, otherHost) ? ['another host gets the same answer'] : []),
	];
	const observed = {isPoisoned, query: !isSame(clean, otherQuery), host: !isSame(clean, otherHost)};
	return [
		wrong.length === 0
			? {
					result: 'pass',
					message: 'Host, path and query are in the key, and headers that are not change no answer',
					observed,
				}
			: {result: 'fail', message: `Of what the proxy keeps: ${wrong.join('; ')}`, observed},
	];
});
