import {setTimeout as sleep} from 'node:timers/promises';
import type {ProxyContract} from '../../../proto/contract.ts';
import {valuesOf} from '../ask.ts';
import {onCanary} from '../canary.ts';
import {type Endpoint, type ProbeFinding, type Subject, unseen} from '../probe.ts';
import {isSame, keptAt, lifetimeOf, unlessKept} from './kept.ts';

/** A day, unless the policy says otherwise. */
const MOST_SECONDS = 86_400;
const MOST_ROUTES = 4;
/** The canary's answers live for a second, and nginx counts whole ones. */
const OVER_MS = 2200;

/** What is kept says how old it is, ends with its time, and is asked for anew; and routes say times that are bounded. */
export const cacheValidityBounded = onCanary(async (canary, proxy, subject, signal) => {
	const nothing = unlessKept(proxy);
	if (nothing !== undefined) {
		return nothing;
	}

	const get = keptAt(canary, 'kept', subject, signal);
	const first = await get();
	const again = await get();
	await sleep(OVER_MS, undefined, {signal});
	const later = await get();
	const unchanged = await get([['If-None-Match', valuesOf(later.answer, 'etag')[0] ?? '"canary"']]);
	const observed = {
		lifetime: lifetimeOf(first.answer),
		age: valuesOf(again.answer, 'age')[0],
		later: valuesOf(later.answer, 'cache-status')[0],
		conditional: unchanged.answer.status,
	};
	const isHit = (status = ''): boolean => /(?:^|;)\s*hit/i.test(status);
	const wrong = [
		...(first.echo === undefined ? ['the canary is not answered as it should be'] : []),
		...(isSame(first, again) && observed.age === undefined ? ['what is kept does not say its Age'] : []),
		...(isSame(first, later) && isHit(observed.later) ? ['what is kept outlives its time'] : []),
		...(unchanged.answer.status === 304 ? [] : ['a conditional request is not answered with 304']),
	];
	const canaries: ProbeFinding =
		wrong.length === 0
			? {
					result: 'pass',
					message: 'What is kept says its age, ends with its time and is asked for anew',
					observed,
				}
			: {result: 'fail', message: `Of what the proxy keeps: ${wrong.join('; ')}`, observed};
	return [canaries, ...(await ofRoutes(proxy, canary.endpoint, subject, signal))];
});

async function ofRoutes(
	{routes = []}: ProxyContract,
	endpoint: Endpoint,
	{ask, paramsOf}: Subject,
	signal: AbortSignal,
): Promise<readonly ProbeFinding[]> {
	const {max} = paramsOf('cache-validity-bounded');
	const most = typeof max === 'number' && max > 0 ? max : MOST_SECONDS;
	const cached = routes.filter(route => route.cached).slice(0, MOST_ROUTES);
	return Promise.all(
		cached.map(async ({path}) => {
			const answer = await ask(endpoint, {path}, signal);
			const lifetime = lifetimeOf(answer);
			const hasValidator = ['etag', 'last-modified'].some(name => valuesOf(answer, name).length > 0);
			const observed = {path, status: answer.status, lifetime, hasValidator};
			if (answer.status >= 400) {
				return unseen(
					`${path} is answered with ${answer.status}, which says nothing about what is kept there`,
					observed,
				);
			}

			return lifetime === undefined || lifetime <= most
				? {
						result: 'pass',
						message:
							lifetime === undefined
								? `${path} says no lifetime, and so is not kept`
								: `${path} may be kept for ${lifetime} s, which is bounded`,
						observed,
					}
				: {
						result: 'fail',
						message: `${path} may be kept for ${lifetime} s; the policy allows ${most}`,
						expected: `at most ${most} s`,
						observed,
					};
		}),
	);
}
