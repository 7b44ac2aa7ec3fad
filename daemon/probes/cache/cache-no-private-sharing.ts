import {randomUUID} from 'node:crypto';
import type {ProxyContract} from '../../../proto/contract.ts';
import {type Answer, valuesOf} from '../ask.ts';
import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** Asks the same URL as two people and as nobody, once by Authorization and once by Cookie. */
export const cacheNoPrivateSharing = ofProxy(async (proxy, subject, signal) => {
	const found = await eachEndpoint(subject, 'https', async endpoint =>
		Promise.all([
			compare('Authorization', mark => `Bearer ${mark}`, {proxy, subject, endpoint, signal}),
			compare('Cookie', mark => `session=${mark}`, {proxy, subject, endpoint, signal}),
		]),
	);
	// What was handed out is seen whatever is configured; that three answers were right proves little without it.
	const isBuilt = (await subject.configDigest()) === proxy.configDigest;
	return found.map(finding =>
		isBuilt || finding.result !== 'pass' ? finding : unseen(CHANGED, finding.observed),
	);
});

const CHANGED =
	'The proxy does not run the configuration that was built, so nothing is known about its caches';

async function compare(
	header: string,
	write: (mark: string) => string,
	{proxy, subject: {ask}, endpoint, signal}: Asking,
): Promise<ProbeFinding> {
	// A URL that nobody asked for before, so that the first answer can't come from a cache.
	const path = `${pageOf(proxy)}?sallyport-canary=${randomUUID()}`;
	const [alice, bob] = [`sallyport-${randomUUID()}`, `sallyport-${randomUUID()}`];
	const answers: Answer[] = [];
	// One after the other: a cache has to have a chance to remember.
	for (const mark of [alice, bob, undefined]) {
		answers.push(
			await ask(endpoint, {path, headers: mark === undefined ? [] : [[header, write(mark)]]}, signal),
		);
	}

	const [, second, third] = answers;
	const leaked =
		second?.body.includes(alice) === true ||
		third?.body.includes(alice) === true ||
		third?.body.includes(bob) === true;
	const hits = answers.filter(isHit).length;
	const observed = {by: header, statuses: answers.map(({status}) => status), hits, leaked};
	if (leaked || hits > 0) {
		const what = leaked ? "one person's answer was given to another" : 'an answer came out of a cache';
		return {
			result: 'fail',
			message: `With ${header}, ${what}; bypass the cache when a request carries credentials`,
			observed,
		};
	}

	return {
		result: 'pass',
		message: `No answer was shared between requests that differ in ${header}`,
		observed,
	};
}

interface Asking {
	readonly proxy: ProxyContract;
	readonly subject: Subject;
	readonly endpoint: Endpoint;
	readonly signal: AbortSignal;
}

/** The canary says who it took the client for, and lets it be kept where anything is; without one the application is asked. */
function pageOf({canaryPath, cache}: ProxyContract): string {
	return canaryPath === undefined ? '/' : `${canaryPath}/${cache === 'off' ? 'echo' : 'kept'}`;
}

function isHit(answer: Answer): boolean {
	const age = Number(valuesOf(answer, 'age')[0] ?? 0);
	const words = [
		...valuesOf(answer, 'x-cache'),
		...valuesOf(answer, 'x-cache-status'),
		...valuesOf(answer, 'cache-status'),
	];
	return age > 0 || words.some(word => /\bhit\b/i.test(word));
}
