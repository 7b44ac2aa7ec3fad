import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {DaemonError, reasonOf} from '../error.ts';
import type {Engine} from './engine.ts';
import {type Happening, parseEvent, type Told} from './happening.ts';
import {linesOf} from './lines.ts';
import {openSeam, type Seam} from './seam.ts';

export interface WatchOptions {
	readonly now?: () => Date;
	/** First wait before a reconnection, in milliseconds; it doubles up to `maxWaitMs`. */
	readonly firstWaitMs?: number;
	readonly maxWaitMs?: number;
	/** Between two roll calls, at which the engine is asked for everything that runs. */
	readonly rollMs?: number;
	/** How long an event may be under way before it counts as left out. */
	readonly lateMs?: number;
	/** How late a clock that tells seconds may be. */
	readonly clockMs?: number;
}

type Settings = Required<WatchOptions>;

/**
 * Follows one engine until the signal, through every loss of it. After each (re)connection and at every roll call comes a
 * full list, so that nothing depends on having heard every event; and the engine's own memory of events is held against
 * what was heard, so that none is missed unnoticed.
 */
export async function* watchEngine(
	engine: Engine,
	signal: AbortSignal,
	options: WatchOptions = {},
): AsyncGenerator<Happening, void, undefined> {
	const settings: Settings = {
		now: () => new Date(),
		firstWaitMs: 250,
		maxWaitMs: 10_000,
		rollMs: 60_000,
		lateMs: 2000,
		clockMs: MOST_LATE_MS,
		...options,
	};
	const {now, firstWaitMs, maxWaitMs} = settings;
	const seam = openSeam();
	/** When it was last heard; a stream that hung was silent before anybody noticed. */
	let heardAt: Date | undefined;
	let lostAt: Date | undefined;
	let failures = 0;
	while (!signal.aborted) {
		try {
			for await (const happening of oneConnection({engine, seam, lostAt, settings}, signal)) {
				failures = 0;
				heardAt = 'at' in happening ? happening.at : happening.to;
				lostAt = undefined;
				yield happening;
			}

			throw new DaemonError('DOCKER_UNREACHABLE', 'The engine closed its stream of events');
		} catch (error) {
			if (signal.aborted) {
				return;
			}

			const at = now();
			lostAt ??= heardAt;
			yield {kind: 'lost', engine: engine.name, at, reason: reasonOf(error), again: failures > 0};
		}

		failures += 1;
		// Half fixed, half random, so that many hosts do not knock at the same time.
		const wait = Math.min(maxWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 10));
		await sleep(wait / 2 + (Math.random() * wait) / 2, undefined, {signal}).catch(() => undefined);
	}
}

interface Connection {
	readonly engine: Engine;
	readonly seam: Seam;
	readonly lostAt: Date | undefined;
	readonly settings: Settings;
}

async function* oneConnection(
	connection: Connection,
	signal: AbortSignal,
): AsyncGenerator<Happening, void, undefined> {
	const {engine, seam, lostAt, settings} = connection;
	const own = new AbortController();
	const either = AbortSignal.any([signal, own.signal]);
	try {
		await engine.check(either);
		const before = seam.newest();
		// Listening comes before listing: what starts between the two is then seen twice rather than never.
		const stream = await engine.events(before && before.nanos - MARGIN_NS, either);
		const clock = clockOf(stream, settings.now);
		await reached(before?.nanos ?? 0n, clock, either);
		const remembered = await rememberedBy(engine, before && before.nanos - MARGIN_NS, clock(), either);
		const loss =
			before === undefined ? unanchored(lostAt) : await lossOf(connection, remembered, clock, either);
		const running = await engine.running(either);
		yield* newsOf(connection, remembered);
		if (lostAt !== undefined && loss !== undefined) {
			yield {
				kind: 'gap',
				engine: engine.name,
				from: lostAt,
				to: settings.now(),
				reason: `events were lost: ${loss}`,
			};
		}

		yield {kind: 'connected', engine: engine.name, at: settings.now(), running};
		yield* live(connection, stream, clock, before === undefined ? surelyAfter(clock()) : 0n, either);
	} finally {
		own.abort();
	}
}

/**
 * Where the mark is missing, it is counted how much is remembered: all of it, so it is asked for until a moment that is still to
 * come by any clock that tells seconds.
 */
async function lossOf(
	{engine, seam, settings}: Connection,
	remembered: readonly Told[],
	clock: () => Date,
	signal: AbortSignal,
): Promise<string | undefined> {
	if (seam.lossAfter(remembered) === undefined) {
		return undefined;
	}

	const until = new Date(clock().getTime() + settings.clockMs);
	return seam.lossAfter(await rememberedBy(engine, undefined, until, signal));
}

/** The engine must be asked for a stretch that holds the event by which its memory is known again. */
async function reached(nanos: bigint, clock: () => Date, signal: AbortSignal): Promise<void> {
	const missingMs = Number(nanos / 1_000_000n) + 1 - clock().getTime();
	if (missingMs > 0) {
		await sleep(Math.min(missingMs, MOST_LATE_MS), undefined, {signal});
	}
}

/**
 * From when on a first connection owes every event. What happened in the second before it is neither in its stream nor surely in what it
 * was told of the past, because the engine's clock is known to a second only: that is not lost, it is from before.
 */
function surelyAfter(opened: Date): bigint {
	return BigInt(opened.getTime() + MOST_LATE_MS) * 1_000_000n;
}

/** A clock to the second is a second late at most; more than that was set back meanwhile. */
const MOST_LATE_MS = 1100;

/** The engine's clock and the order of its memory are fine to some milliseconds; what comes twice is seen twice. */
const MARGIN_NS = 1_000_000_000n;

/** Without one event that was heard before the loss nobody can tell whether it is still the same run of the engine. */
function unanchored(lostAt: Date | undefined): string | undefined {
	return lostAt === undefined ? undefined : 'whether the engine was restarted meanwhile cannot be told';
}

/** What the engine remembers and was not heard before. At the first connection that is the past, and only marks the place. */
function* newsOf(
	{seam, lostAt}: Connection,
	remembered: readonly Told[],
): Generator<Happening, void, undefined> {
	for (const told of remembered) {
		if (seam.isNew(told) && told.happening !== undefined && lostAt !== undefined) {
			yield told.happening;
		}
	}
}

async function* live(
	connection: Connection,
	stream: Readable,
	clock: () => Date,
	owedFrom: bigint,
	signal: AbortSignal,
): AsyncGenerator<Happening, void, undefined> {
	const {engine, seam, settings} = connection;
	const lines = linesOf(stream, signal);
	let next = lines.next();
	let roll = rollCall(connection, clock, signal);
	// Whichever is not waited for any more may still fail.
	next.catch(() => undefined);
	try {
		for (;;) {
			const came = await Promise.race([next, roll]);
			if ('rolled' in came) {
				yield* came.rolled;
				roll = rollCall(connection, clock, signal);
				continue;
			}

			if (came.done === true) {
				return;
			}

			next = lines.next();
			next.catch(() => undefined);
			const told = parseEvent(came.value, engine.name);
			if (told !== undefined && seam.isNew(told) && told.happening !== undefined) {
				yield told.happening;
			}
		}
	} finally {
		roll.catch(() => undefined);
		stream.destroy();
	}

	/** Waits, asks what runs and what is remembered, and gives what follows. It fails as the engine's answers do. */
	async function rollCall(
		{engine: {name}}: Connection,
		time: () => Date,
		stop: AbortSignal,
	): Promise<{readonly rolled: readonly Happening[]}> {
		await sleep(settings.rollMs, undefined, {signal: stop, ref: false});
		const from = new Date(settings.now().getTime() - settings.rollMs);
		const running = await engine.running(stop);
		const since = BigInt(time().getTime() - settings.rollMs) * 1_000_000n;
		const remembered = await rememberedBy(engine, since, time(), stop);
		let left = remembered.filter(told => !seam.has(told));
		if (left.some(({happening}) => happening !== undefined)) {
			// Perhaps they are only late.
			await sleep(settings.lateMs, undefined, {signal: stop, ref: false});
			left = left.filter(told => !seam.has(told));
		}

		const isLost = left.some(({nanos, happening}) => happening !== undefined && nanos >= owedFrom);
		const happenings = left.flatMap(told =>
			seam.isNew(told) && told.happening !== undefined ? [told.happening] : [],
		);
		const at = settings.now();
		const reason = `events were lost: the engine's stream left out ${happenings.length} that it remembers`;
		return {
			rolled: [
				...(!isLost ? [] : [{kind: 'gap', engine: name, from, to: at, reason} as const]),
				...happenings,
				{kind: 'listed', engine: name, at, running},
			],
		};
	}
}

async function rememberedBy(
	engine: Engine,
	since: bigint | undefined,
	until: Date,
	signal: AbortSignal,
): Promise<readonly Told[]> {
	const stream = await engine.remembered(since ?? 1n, until, signal);
	const all: Told[] = [];
	for await (const line of linesOf(stream, signal)) {
		const told = parseEvent(line, engine.name);
		if (told !== undefined) {
			all.push(told);
		}
	}

	return all;
}

/**
 * The engine's clock, a second late: asked until a time that has not come yet, it would wait for it. Its answers carry it,
 * to the second.
 */
function clockOf(stream: Readable, now: () => Date): () => Date {
	const headers = (stream as Readable & {readonly headers?: Readonly<Record<string, unknown>>}).headers;
	const theirs = Date.parse(String(headers?.['date']));
	const aheadMs = Number.isNaN(theirs) ? 0 : theirs - now().getTime();
	return () => new Date(now().getTime() + aheadMs);
}
