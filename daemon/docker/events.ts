import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {DaemonError, reasonOf} from '../error.ts';
import type {Engine, Listed} from './engine.ts';

/** What happened to the containers of an engine, or to the connection that tells of it. */
export type Happening =
	| {readonly kind: 'connected'; readonly at: Date; readonly running: readonly Listed[]}
	| {readonly kind: 'lost'; readonly at: Date; readonly reason: string; readonly again: boolean}
	| {readonly kind: 'event'; readonly at: Date; readonly id: string; readonly action: string};

export interface WatchOptions {
	readonly now?: () => Date;
	/** First wait before a reconnection, in milliseconds; it doubles up to `maxWaitMs`. */
	readonly firstWaitMs?: number;
	readonly maxWaitMs?: number;
}

/** An event longer than this is no event: labels of a container are the largest part and far smaller. */
const MAX_EVENT_CHARS = 1024 * 1024;

/**
 * Follows the engine until the signal, through every loss of it. After each (re)connection comes a full list, so
 * that nothing depends on having seen every event; events missed meanwhile are asked for as well.
 */
export async function* watchContainers(
	engine: Engine,
	signal: AbortSignal,
	{now = () => new Date(), firstWaitMs = 250, maxWaitMs = 10_000}: WatchOptions = {},
): AsyncGenerator<Happening, void, undefined> {
	let since: Date | undefined;
	let failures = 0;
	while (!signal.aborted) {
		try {
			for await (const happening of oneConnection(engine, since, signal, now)) {
				failures = 0;
				since = happening.at;
				yield happening;
			}

			throw new DaemonError('DOCKER_UNREACHABLE', 'The engine closed its stream of events');
		} catch (error) {
			if (signal.aborted) {
				return;
			}

			yield {kind: 'lost', at: now(), reason: reasonOf(error), again: failures > 0};
		}

		failures += 1;
		// Half fixed, half random, so that many hosts do not knock at the same time.
		const wait = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 10));
		await sleep(wait / 2 + (Math.random() * wait) / 2, undefined, {signal}).catch(() => undefined);
	}
}

async function* oneConnection(
	engine: Engine,
	since: Date | undefined,
	signal: AbortSignal,
	now: () => Date,
): AsyncGenerator<Happening, void, undefined> {
	const own = new AbortController();
	const either = AbortSignal.any([signal, own.signal]);
	try {
		await engine.check(either);
		// Listening comes before listing: what starts between the two is then seen twice rather than never.
		const stream = await engine.events(since, either);
		const running = await engine.running(either);
		yield {kind: 'connected', at: now(), running};
		for await (const line of linesOf(stream, either)) {
			const event = eventOf(line);
			if (event !== undefined) {
				yield {kind: 'event', ...event};
			}
		}
	} finally {
		own.abort();
	}
}

/** Lines of a stream that the signal destroys; a line over the limit is an error, not memory. */
async function* linesOf(stream: Readable, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
	const stop = (): void => {
		stream.destroy();
	};
	signal.addEventListener('abort', stop, {once: true});
	stream.setEncoding('utf8');
	let rest = '';
	try {
		for await (const chunk of stream) {
			const lines = `${rest}${String(chunk)}`.split('\n');
			rest = lines.pop() ?? '';
			if (rest.length > MAX_EVENT_CHARS) {
				throw new DaemonError('DOCKER_BAD_REPLY', 'The engine sent an event without an end');
			}

			yield* lines;
		}
	} finally {
		signal.removeEventListener('abort', stop);
		stream.destroy();
	}
}

function eventOf(line: string): {at: Date; id: string; action: string} | undefined {
	let event: unknown;
	try {
		event = JSON.parse(line);
	} catch {
		return;
	}

	if (!isRecord(event) || typeof event['Action'] !== 'string' || !isRecord(event['Actor'])) {
		return;
	}

	// A network's events are about the container that joined or left it.
	const attributes = isRecord(event['Actor']['Attributes']) ? event['Actor']['Attributes'] : {};
	const id = event['Type'] === 'network' ? attributes['container'] : event['Actor']['ID'];
	const time = typeof event['timeNano'] === 'number' ? event['timeNano'] / 1e6 : Number.NaN;
	if (typeof id !== 'string' || !/^[0-9a-f]{64}$/.test(id) || !Number.isFinite(time)) {
		return;
	}

	// "health_status: healthy" carries its news behind a colon; the news itself is read by inspecting.
	return {at: new Date(time), id, action: (event['Action'].split(':')[0] ?? '').slice(0, 40)};
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
