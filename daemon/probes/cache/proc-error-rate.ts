import {recordOf} from '../access-line.ts';
import {ofProxy, type ProbeFinding, unseen} from '../probe.ts';
import {USER_AGENT} from '../user-agent.ts';

const WINDOW_MS = 5 * 60_000;
/** Part of all requests that may end with 5xx, unless the policy says otherwise. */
const MOST = 0.01;
/** No such method, no such version: that is the client's doing. */
const ASKED_WRONGLY = [501, 505];
/** No path of a log begins so. */
const NOWHERE = '\n';
/** Of fewer requests a single error says nothing about a rate. */
const LEAST_REQUESTS = 20;
/** What was written before comes in one go; after this silence nobody waits for more. */
const QUIET_MS = 250;
const READING_MS = 2500;

/** Counts the access log of the last five minutes, without what probes have asked. */
export const procErrorRate = ofProxy(async ({canaryPath}, subject, signal) => {
	const {max} = subject.paramsOf('proc-error-rate');
	const most = typeof max === 'number' && max >= 0 && max <= 1 ? max : MOST;
	const quiet = new AbortController();
	const stop = AbortSignal.any([signal, quiet.signal, AbortSignal.timeout(READING_MS)]);
	const lines = subject.lines(new Date(Date.now() - WINDOW_MS), stop);
	const counts = await countsOf(untilQuiet(lines, quiet), canaryPath);
	signal.throwIfAborted();
	return [judge(counts, most)];
});

/** The first line may take its time; each one after it puts the end off. */
async function* untilQuiet(lines: AsyncIterable<string>, quiet: AbortController): AsyncGenerator<string> {
	let timer: NodeJS.Timeout | undefined;
	try {
		for await (const text of lines) {
			timer ??= setTimeout(() => quiet.abort(), QUIET_MS);
			timer.refresh();
			yield text;
		}
	} finally {
		clearTimeout(timer);
	}
}

interface Counts {
	readonly requests: number;
	readonly errors: number;
}

async function countsOf(lines: AsyncIterable<string>, canary = NOWHERE): Promise<Counts> {
	const counts = {requests: 0, errors: 0};
	for await (const text of lines) {
		const {status, agent, path} = text.includes('"status":') ? (recordOf(text) ?? {}) : {};
		if (typeof status === 'number' && agent !== USER_AGENT && !String(path).startsWith(canary)) {
			counts.requests += 1;
			counts.errors += status >= 500 && !ASKED_WRONGLY.includes(status) ? 1 : 0;
		}
	}

	return counts;
}

function judge({requests, errors}: Counts, most: number): ProbeFinding {
	const observed = {requests, errors, minutes: 5};
	const message = `${errors} of ${requests} requests in five minutes ended with 5xx`;
	if (requests === 0) {
		return {
			result: 'not-applicable',
			message: 'The output of the last five minutes tells of nobody but probes',
			observed,
		};
	}

	if (errors / requests <= most) {
		return {result: 'pass', message, observed};
	}

	return requests < LEAST_REQUESTS
		? unseen(`${message}, which are too few for a rate`, observed)
		: {
				result: 'fail',
				message: `${message}, more than ${most * 100} %`,
				expected: `at most ${most * 100} %`,
				observed,
			};
}
