import {type Canary, onCanary, reachedIn} from '../canary.ts';
import {type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** What a client may take over the head of its request, unless the policy says otherwise. */
const MOST_SECONDS = 10;
/** The canary's own, and what a slow machine may add. */
const BODY_MS = 2000;
const SLACK_MS = 2000;

/** Two slow clients: one that never ends its header, one that never ends its body. Both have to be cut off. */
export const proxyTimeouts = onCanary(async (canary, {headSeconds, engine}, subject, signal) => {
	if (engine === 'traefik') {
		return [
			unseen(
				'Traefik has one time for a whole request, of a minute at least, which is longer than a look lasts',
			),
		];
	}

	const allowed = subject.paramsOf('proxy-timeouts')['headerSeconds'];
	const most = typeof allowed === 'number' && allowed > 0 ? allowed : MOST_SECONDS;
	return Promise.all([
		ofBody(canary, subject, signal),
		headSeconds === undefined
			? unseen('The contract is of before it said how long the head of a request may take')
			: headSeconds > most
				? ({
						result: 'fail',
						message: `A client may take ${headSeconds} s for the head of a request; the policy allows ${most}`,
						expected: `at most ${most} s`,
						observed: headSeconds,
					} as const)
				: ofHeader(canary, headSeconds, subject, signal),
	]);
});

async function ofBody(canary: Canary, {rude}: Subject, signal: AbortSignal): Promise<ProbeFinding> {
	const text = canary.request('slow', {method: 'POST', lines: ['Content-Length: 64'], body: 'slow'});
	// Heard until the other side hangs up: an early refusal is none.
	const heard = await rude.say(
		canary.endpoint,
		{pieces: [{text}], mostMs: BODY_MS + SLACK_MS, quietMs: BODY_MS + SLACK_MS},
		signal,
	);
	return verdict('body', BODY_MS, heard.closed && reachedIn(heard.text) === 0, heard.tookMs);
}

async function ofHeader(
	canary: Canary,
	seconds: number,
	{rude}: Subject,
	signal: AbortSignal,
): Promise<ProbeFinding> {
	const limitMs = seconds * 1000;
	const [start = ''] = canary.request('slow').split('X-Sallyport-Probe', 1);
	const mostMs = limitMs + SLACK_MS;
	// A letter each quarter: whoever waits for the next one only, and not for the whole, waits for ever.
	const drip = Array.from({length: 5}, (_, index) => ({
		text: index === 0 ? start : 'X',
		pauseMs: index === 4 ? 0 : limitMs / 4,
	}));
	const heard = await rude.say(canary.endpoint, {pieces: drip, mostMs, quietMs: mostMs}, signal);
	return verdict('header', limitMs, heard.closed && reachedIn(heard.text) === 0, heard.tookMs);
}

function verdict(part: 'header' | 'body', limitMs: number, isCut: boolean, tookMs: number): ProbeFinding {
	const observed = {part, tookMs: Math.round(tookMs / 100) * 100};
	return isCut
		? {
				result: 'pass',
				message: `A client that does not end its ${part} is cut off within ${limitMs / 1000} s and a little`,
				observed,
			}
		: {
				result: 'fail',
				message: `A client that does not end its ${part} is still listened to after ${Math.round(tookMs / 1000)} s`,
				expected: `at most ${(limitMs + SLACK_MS) / 1000} s`,
				observed,
			};
}
