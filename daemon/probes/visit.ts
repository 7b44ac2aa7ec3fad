import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {reasonOf} from '../error.ts';
import {type AccessLine, recordOf} from './access-line.ts';
import {type Answer, valuesOf} from './ask.ts';
import {canaryAt, type Echo, readEcho} from './canary.ts';
import type {Endpoint, Subject} from './probe.ts';

/** An address that nobody has (RFC 5737), given out as the client's. */
export const FORGED_ADDRESS = '192.0.2.66';

/** One marked visit, what the other side of the proxy was told of it, and what became of it in the container's output. */
export interface Visit {
	readonly forgedId: string;
	readonly answer: Answer;
	/** What the canary saw; undefined where the image has none, or where it did not answer. */
	readonly echo: Echo | undefined;
	readonly output:
		| {readonly seen: false; readonly reason: string}
		| {
				readonly seen: true;
				/** Lines of the access log with the answer's request id. */
				readonly lines: readonly AccessLine[];
				/** Which of the marks were written down anywhere; the marks were made for this visit and mean nothing. */
				readonly leaked: readonly string[];
				readonly listenedMs: number;
		  };
}

/** The slowest honest log is written a second later. */
const PATIENCE_MS = 4000;
const AFTERMATH_MS = 1300;

type Means = Pick<Subject, 'ask' | 'rude' | 'lines' | 'promised'>;

/** Visits an endpoint once, however many probes ask. Callers' signals do not end it for each other: the look's own does. */
export function visitsOnce(means: Means, signal: AbortSignal): Subject['visit'] {
	const known = new Map<Endpoint, Promise<Visit>>();
	return endpoint => {
		const visit = known.get(endpoint) ?? visitOf(endpoint, means, signal);
		known.set(endpoint, visit);
		return visit;
	};
}

async function visitOf(endpoint: Endpoint, means: Means, signal: AbortSignal): Promise<Visit> {
	const since = new Date(Date.now() - 1000);
	const marks = marksOf();
	const forgedId = `forged-${randomUUID()}`;
	const {answer, echo} = await knock(endpoint, means, marks, forgedId, signal);
	const [id = ''] = valuesOf(answer, 'x-request-id');
	return {forgedId, answer, echo, output: await overhear(means, since, id, marks, signal)};
}

type Marks = Readonly<Record<'authorization' | 'cookie' | 'query' | 'body' | 'application', string>>;

function marksOf(): Marks {
	const mark = (): string => `sallyport-${randomUUID()}`;
	return {authorization: mark(), cookie: mark(), query: mark(), body: mark(), application: mark()};
}

/** Two requests to the canary, one of them with a body, and one to the application; all of them polite. */
async function knock(
	endpoint: Endpoint,
	{ask, rude, promised}: Means,
	marks: Marks,
	forgedId: string,
	signal: AbortSignal,
): Promise<Pick<Visit, 'answer' | 'echo'>> {
	const proxy = promised.state === 'kept' ? promised.contract.proxy : undefined;
	const {canaryPath} = proxy ?? {};
	const canary = canaryPath === undefined ? undefined : canaryAt(endpoint, canaryPath);
	const path = canary?.path('echo') ?? proxy?.healthPath ?? '/';
	const answer = await ask(
		endpoint,
		{
			path: `${path}?email=${marks.query}@example.invalid&token=${marks.query}`,
			headers: [
				['X-Forwarded-For', FORGED_ADDRESS],
				['X-Request-ID', forgedId],
				['Authorization', `Bearer ${marks.authorization}`],
				['Cookie', `session=${marks.cookie}`],
			],
		},
		signal,
	);
	await ask(
		endpoint,
		{
			path: `/?token=${marks.application}`,
			headers: [
				['Authorization', `Bearer ${marks.application}`],
				['Cookie', `session=${marks.application}`],
			],
		},
		signal,
	);
	if (canary !== undefined) {
		const body = JSON.stringify({card: marks.body, ssn: marks.body});
		const lines = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Connection: close'];
		await rude.say(
			endpoint,
			{pieces: [{text: canary.request('echo', {method: 'POST', lines, body})}]},
			signal,
		);
	}

	return {answer, echo: canary === undefined ? undefined : readEcho(answer.body)};
}

async function overhear(
	{lines}: Means,
	since: Date,
	id: string,
	marks: Marks,
	signal: AbortSignal,
): Promise<Visit['output']> {
	const begun = performance.now();
	const enough = new AbortController();
	const stop = AbortSignal.any([signal, enough.signal, AbortSignal.timeout(PATIENCE_MS)]);
	const found: AccessLine[] = [];
	const leaked = new Set<string>();
	try {
		for await (const text of lines(since, stop)) {
			for (const [kind, mark] of Object.entries(marks)) {
				if (text.includes(mark)) {
					leaked.add(kind);
				}
			}

			const line = id !== '' && text.includes(id) ? recordOf(text) : undefined;
			if (line?.['request_id'] === id) {
				found.push(line);
				void sleep(AFTERMATH_MS, undefined, {signal: stop})
					.catch(() => undefined)
					.then(() => enough.abort());
			}
		}
	} catch (error) {
		return {seen: false, reason: reasonOf(error)};
	}

	signal.throwIfAborted();
	return {
		seen: true,
		lines: found,
		leaked: [...leaked],
		listenedMs: Math.round(performance.now() - begun),
	};
}
