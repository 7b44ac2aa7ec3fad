import {type Digest, digestOf} from '../proto/digest.ts';
import {type Envelope, envelopeBytes, type Signer, seal} from '../proto/envelope.ts';
import type {Statement} from '../proto/statement.ts';
import {attendant} from './attend.ts';
import type {Witness} from './attest.ts';
import {doubting} from './believe.ts';
import {type Clock, openClock} from './clock.ts';
import {openIn} from './conclude.ts';
import {type CoverageBook, openCoverage} from './coverage.ts';
import type {Happening} from './docker/happening.ts';
import type {Roster} from './docker/roster.ts';
import {watchContainers} from './docker/watch.ts';
import type {Acknowledgement, EpisodeBook} from './episode.ts';
import {openEpisodes} from './episode-book.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import {type FirstSightParts, firstSight} from './first-sight.ts';
import type {Judging} from './judge.ts';
import type {Means} from './look.ts';
import {type Paces, pacesOf} from './paces.ts';
import type {Doubt} from './probes/negative.ts';
import {type Heartbeat, startPulse} from './pulse.ts';
import {type LastWord, recalled} from './recall.ts';
import {startRounds} from './rounds.ts';
import {type ScheduleOptions, startSchedule} from './schedule.ts';
import type {Passed} from './short-lived.ts';
import type {TargetView} from './target-view.ts';
import type {Teller} from './tell/notice.ts';

/** What a life needs; every part is closed by whoever opened it. */
export interface Parts {
	readonly means: Means;
	readonly judging: Judging;
	readonly witness: Witness;
	readonly signer: Signer;
	readonly log: AppendLog;
	readonly report: Report;
	readonly schedule: ScheduleOptions;
	readonly coverageMs: number;
	/** How long answers stay good; by default multiples of the interval. */
	readonly paces?: Paces;
	/** What probes are held against; without it they are believed. */
	readonly doubt?: Doubt;
	readonly clock?: Clock;
	readonly heartbeat?: Heartbeat;
	/** A container that came and went unseen, as its events told of it. */
	readonly passed?: (container: string) => Passed | undefined;
	/** Who is compared with whom, and who else hears what happens. */
	readonly roster?: Roster;
	readonly observe?: (happening: Happening) => boolean;
	/** Told of episodes, blind stretches and a log that takes nothing. */
	readonly teller?: Pick<Teller, 'tell'> | undefined;
}

/** What is asked of the log while watching. */
export interface AppendLog {
	append(envelope: Envelope): Promise<{readonly position: number}>;
	/** A container's newest statement, so that its chain goes on after a restart. */
	lastWordOf(container: string): Promise<LastWord | undefined>;
	/** The newest statement of every container that has one since then. */
	lastWordsSince(time: Date): Promise<readonly LastWord[]>;
	/** Who took which episode on since then. */
	acknowledgedSince(time: Date): Promise<ReadonlyMap<string, Acknowledgement>>;
	/** When the newest coverage statement ended. */
	coveredUntil(): Promise<Date | undefined>;
	size(): number;
}

export interface Life {
	readonly episodes: EpisodeBook;
	/** The policy is another one: everything is asked anew. */
	readonly reload: () => void;
	readonly targets: () => readonly TargetView[];
	/** Settles when the signal has aborted and everything that was begun is in the log. */
	readonly ended: Promise<void>;
}

/** Looks that run when the daemon is asked to stop get this long; Docker's own patience is ten seconds. */
const GRACE_MS = 5000;
const HEARTBEAT_MS = 60_000;

/** A container that takes longer than five minutes of an hour to look at is looked at less. */
const BUDGET_MS = 300_000;

/** Every container that runs has a statement at most this old before the last coverage statement. */
const RECALL_MS = 2 * 3_600_000;

/** Watches an engine's containers until the signal: event → look → verdict → statement → envelope → entry. */
export function startLife(parts: Parts, signal: AbortSignal): Life {
	const {means, witness, signer, log, report} = parts;
	const clock = parts.clock ?? openClock();
	const teller = parts.teller ?? {tell: () => undefined};
	const book = telling(openCoverage(clock.now()), teller, clock);
	const grace = new AbortController();
	const paces = parts.paces ?? pacesOf(parts.schedule.intervalMs);
	let isRefused = false;

	/** A statement that the log did not take is tried again with the next look: nothing is remembered as signed. */
	async function record(statement: Statement<unknown>): Promise<{position: number; digest: Digest}> {
		try {
			const envelope = await seal(statement, signer);
			const {position} = await log.append(envelope);
			isRefused = false;
			return {position, digest: digestOf(envelopeBytes(envelope))};
		} catch (error) {
			report('RECORD_FAILED', {reason: reasonOf(error)});
			if (!isRefused) {
				isRefused = true;
				teller.tell({kind: 'record', at: clock.now(), reason: reasonOf(error)});
			}

			throw error;
		}
	}

	const episodes = openEpisodes({hostId: witness.hostId, record, teller, now: clock.now});
	const rounds = startRounds({
		means,
		judging: attesting(parts, record),
		witness,
		record,
		report,
		episodes,
		paces,
		budgetMs: BUDGET_MS,
		doubt: parts.doubt && doubting(parts.doubt, report),
		book,
		lastWord: log.lastWordOf,
		passed: parts.passed ?? (() => undefined),
		now: clock.now,
		signal: grace.signal,
	});
	const schedule = startSchedule(rounds.look, {longRoundMs: paces.thorough, ...parts.schedule});

	/** What the log says of the time before: who was watched, what was open, and how long nobody looked. */
	async function recall(): Promise<void> {
		const until = await log.coveredUntil();
		if (until === undefined) {
			return;
		}

		const now = clock.now();
		if (until > now) {
			clock.notBefore(until);
			book.gap(now, until, 'clock-regression: the clock stands before the time that the log has reached');
		}

		const since = new Date(until.getTime() - RECALL_MS);
		const policy = witness.policy.digest['sha256'] ?? '';
		const words = await log.lastWordsSince(since);
		const memories = words.flatMap(word => recalled(word, policy, now) ?? []);
		const taken = await log.acknowledgedSince(since);
		rounds.recall(memories);
		episodes.recall(
			memories
				.flatMap(({tracks}) => openIn(tracks))
				.map(episode => {
					const acknowledged = taken.get(episode.id);
					return acknowledged === undefined ? episode : {...episode, acknowledged};
				}),
		);
		const seen = await lastBeat(parts, until);
		if (seen < clock.now()) {
			book.gap(seen, clock.now(), 'the daemon was not running');
		}
	}

	async function watch(): Promise<void> {
		await recall().catch((error: unknown) => report('RECORD_FAILED', {reason: reasonOf(error)}));
		const pulse = startPulse({
			clock,
			heartbeat: parts.heartbeat,
			everyMs: HEARTBEAT_MS,
			onDrift: ({kind, from, to}) => {
				report('CLOCK_MOVED', {kind, ms: to.getTime() - from.getTime()});
				book.gap(from, to, `${kind}: the host's clock moved by itself, or the machine slept`);
			},
			onSilence: (from, to) => book.gap(from, to, 'the daemon stood still'),
			onFailure: error => report('HEARTBEAT_FAILED', {reason: reasonOf(error)}),
		});
		const memories = {has: rounds.has, keys: rounds.running};
		const {attend, settle} = attendant({schedule, book, report, memories});
		const cover = (): Promise<void> => {
			settle(clock.now());
			return signCoverage();
		};
		await cover();
		const timer = setInterval(() => void cover(), parts.coverageMs);
		try {
			const {roster, observe} = parts;
			const options = {
				rollMs: parts.schedule.intervalMs,
				...(roster && {roster}),
				...(observe && {observe}),
			};
			for await (const happening of watchContainers(means.engine, signal, options)) {
				attend(happening);
			}
		} finally {
			clearInterval(timer);
			setTimeout(() => grace.abort(), GRACE_MS).unref();
			await schedule.drain();
			await cover();
			await pulse.stop();
		}
	}

	async function signCoverage(): Promise<void> {
		const begun = clock.now();
		try {
			const standing = {overdue: schedule.overdue(), controls: rounds.tally()};
			await record(book.close(begun, log.size(), witness, standing));
			report('COVERAGE_SIGNED');
		} catch (error) {
			book.gap(begun, clock.now(), `the coverage statement before this one was lost: ${reasonOf(error)}`);
		}
	}

	function reload(): void {
		for (const id of rounds.running()) {
			schedule.touch(id, 'policy');
		}
	}

	return {episodes, reload, targets: rounds.views, ended: watch()};
}

/** By what is judged, with the build attested at the first sight of an image. */
function attesting({means, judging, witness, report}: Parts, record: FirstSightParts['record']): Judging {
	const attestBuild = firstSight({
		engine: means.engine,
		get bundle() {
			return judging.bundle;
		},
		witness,
		isAttested: async image => (await means.record?.buildOf(image)) !== undefined,
		record,
		report,
	});
	return {
		get bundle() {
			return judging.bundle;
		},
		limits: judging.limits,
		registry: judging.registry,
		firstSight: attestBuild,
	};
}

/** A stretch in which nobody looked is told to people too. */
function telling(book: CoverageBook, teller: Pick<Teller, 'tell'>, clock: Clock): CoverageBook {
	return {
		...book,
		gap: (from, to, reason) => {
			book.gap(from, to, reason);
			teller.tell({kind: 'gap', at: clock.now(), from, to, reason});
		},
	};
}

/** The heartbeat says more than the last coverage statement, but not more than was to come before the next one. */
async function lastBeat({heartbeat, coverageMs}: Parts, until: Date): Promise<Date> {
	const beat = (await heartbeat?.read())?.getTime() ?? 0;
	return new Date(Math.max(until.getTime(), Math.min(beat, until.getTime() + 2 * coverageMs)));
}
