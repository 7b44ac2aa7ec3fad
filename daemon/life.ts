import type {ControlId} from '../policies/catalogue.ts';
import {decide} from '../policies/decide.ts';
import {digestOf} from '../proto/digest.ts';
import {type Envelope, envelopeBytes, type Signer, seal} from '../proto/envelope.ts';
import type {Statement} from '../proto/statement.ts';
import {attendant} from './attend.ts';
import {statementOf, type Witness} from './attest.ts';
import {openCoverage} from './coverage.ts';
import type {Listed} from './docker/engine.ts';
import {watchContainers} from './docker/events.ts';
import type {Promised} from './docker/promise.ts';
import type {Target} from './docker/target.ts';
import type {EpisodeBook} from './episode.ts';
import {openEpisodes} from './episode-book.ts';
import {DaemonError, reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import {firstSight} from './first-sight.ts';
import {type Judged, type Judging, judge, unlooked} from './judge.ts';
import type {Means} from './look.ts';
import {glanced, isGlanceDue, type Memory, reasonToSign, remember, signed} from './memory.ts';
import {probes as allProbes, isDear} from './probes/index.ts';
import {type ScheduleOptions, startSchedule} from './schedule.ts';
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
	/** Told of episodes, blind stretches and a log that takes nothing. */
	readonly teller?: Pick<Teller, 'tell'> | undefined;
}

/** What is asked of the log while watching. */
export interface AppendLog {
	append(envelope: Envelope): Promise<{readonly position: number}>;
	/** Digest of a container's newest envelope, so that its chain goes on after a restart. */
	newestOf(container: string): Promise<`sha256:${string}` | undefined>;
	/** When the newest coverage statement ended. */
	coveredUntil(): Promise<Date | undefined>;
	size(): number;
}

/** A container as the daemon knows it now. */
export interface TargetView {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	/** Unattested: it carries no contract, so nothing was promised and nothing is verified. */
	readonly state: 'attested' | 'unattested';
	readonly verdict?: 'pass' | 'fail' | 'incomplete';
	readonly observedAt?: string;
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

/** Watches an engine's containers until the signal: event → look → verdict → statement → envelope → entry. */
export function startLife(parts: Parts, signal: AbortSignal): Life {
	const {means, witness, signer, log, report} = parts;
	const book = openCoverage(new Date());
	const memories = new Map<string, Memory>();
	const unattested = new Map<string, TargetView>();
	const views = new Map<string, TargetView>();
	const grace = new AbortController();
	const schedule = startSchedule(verify, parts.schedule);
	const attestBuild = firstSight({
		engine: means.engine,
		bundle: parts.judging.bundle,
		witness,
		isAttested: async image => (await means.record?.buildOf(image)) !== undefined,
		record,
		report,
	});
	const judging: Judging = {...parts.judging, firstSight: attestBuild};

	async function verify(id: string, trigger: string): Promise<void> {
		try {
			if (await glance(id, trigger)) {
				return;
			}

			const judged = await judge(id, means, judging, grace.signal);
			await ('unattested' in judged ? setAside(judged.unattested.target) : conclude(judged, trigger));
		} catch (error) {
			if (error instanceof DaemonError && error.code === 'TARGET_GONE') {
				return bury(id);
			}

			missed(id, error);
			throw error;
		}
	}

	function missed(id: string, error: unknown): void {
		const {name, image} = views.get(id) ?? {name: '', image: ''};
		book.skipped({containerId: id, name, image, reason: reasonOf(error)});
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		report('TARGET_FAILED', {container: id, reason: reasonOf(error), code});
	}

	/** True when a look at the cheap controls showed that nothing changed. Statements are made of whole looks only. */
	async function glance(id: string, trigger: string): Promise<boolean> {
		const before = memories.get(id);
		if (!isGlanceDue(before, trigger, new Date())) {
			return false;
		}

		const judged = await judge(id, means, {...judging, probes: glanceProbes}, grace.signal);
		const after =
			'unattested' in judged
				? undefined
				: glanced(before, judged.subject.target, judged.verdict, judged.finishedOn);
		if (after === undefined) {
			return false;
		}

		memories.set(id, after);
		book.verified(id);
		report('TARGET_GLANCED', {container: id, name: after.target.name});
		return true;
	}

	async function conclude({subject, verdict, startedOn, finishedOn}: Judged, trigger: string): Promise<void> {
		const {target, promised} = subject;
		const before = memories.get(target.id) ?? (await firstMemory(target));
		const after = remember(before, target, verdict, finishedOn);
		views.set(target.id, viewOf(target, verdict.outcome, finishedOn));
		unattested.delete(target.id);
		book.verified(target.id);
		const why = reasonToSign(before, after, trigger, finishedOn);
		if (why === undefined) {
			memories.set(target.id, after);
			report('TARGET_UNCHANGED', {container: target.id, name: target.name});
		} else {
			await sign({target, promised, verdict, startedOn, finishedOn}, trigger, after);
		}

		if (!target.running) {
			schedule.forget(target.id);
			views.delete(target.id);
		}
	}

	async function firstMemory(target: Target): Promise<Memory> {
		const envelope = await log.newestOf(target.id);
		return {
			target,
			state: digestOf(''),
			results: {},
			lookedAt: undefined,
			signedAt: undefined,
			envelope,
			observations: 0,
			episode: undefined,
		};
	}

	async function sign(
		seen: Omit<Judged, 'subject'> & {readonly target: Target; readonly promised: Promised},
		trigger: string,
		memory: Memory,
	): Promise<void> {
		const {target, verdict, finishedOn} = seen;
		const validUntil = new Date(finishedOn.getTime() + VALID_MS);
		const {envelope: previous, episode} = memory;
		const entry = await record(statementOf({...seen, trigger, validUntil, previous, episode}, witness));
		memories.set(target.id, signed(memory, entry.digest, finishedOn));
		report('TARGET_VERIFIED', {
			container: target.id,
			name: target.name,
			trigger,
			verdict: verdict.outcome,
			counts: verdict.counts,
			position: entry.position,
			tookMs: Date.now() - seen.startedOn.getTime(),
		});
	}

	/** A statement that the log did not take is tried again with the next look: nothing is remembered as signed. */
	async function record(
		statement: Statement<unknown>,
	): Promise<{position: number; digest: `sha256:${string}`}> {
		try {
			const envelope = await seal(statement, signer);
			const {position} = await log.append(envelope);
			return {position, digest: digestOf(envelopeBytes(envelope))};
		} catch (error) {
			report('RECORD_FAILED', {reason: reasonOf(error)});
			throw error;
		}
	}

	function setAside(target: Target): void {
		const {id, name, image, running} = target;
		schedule.forget(id);
		if (running) {
			notAttested({id, name, image: image.reference});
		}
	}

	function notAttested({id, name, image}: Pick<Listed, 'id' | 'name' | 'image'>): void {
		book.skipped({containerId: id, name, image, reason: 'unattested: the image carries no contract'});
		if (!unattested.has(id)) {
			unattested.set(id, {id, name, image, state: 'unattested'});
			report('TARGET_UNATTESTED', {container: id, name, image});
		}
	}

	/** A container that is gone without having been seen to stop gets its last statement from memory. */
	async function bury(id: string): Promise<void> {
		schedule.forget(id);
		unattested.delete(id);
		const memory = memories.get(id);
		memories.delete(id);
		views.delete(id);
		if (memory === undefined) {
			book.skipped({containerId: id, name: '', image: '', reason: 'gone before it could be looked at'});
			report('TARGET_GONE', {container: id});
		} else if (memory.target.running) {
			const at = new Date();
			const target = {...memory.target, running: false};
			const verdict = decide(unlooked(controls, 'The container is gone'), controls, judging.bundle);
			const promised: Promised = {state: 'unread', reason: 'the container is gone'};
			await sign({target, promised, verdict, startedOn: at, finishedOn: at}, 'event:die', memory);
			memories.delete(id);
		}
	}

	const probes = judging.probes ?? allProbes;
	const glanceProbes = Object.fromEntries(
		Object.entries(probes).filter(([control]) => !isDear(control)),
	) as typeof probes; // A part of the same map.
	const controls = Object.keys(probes) as ControlId[]; // The map's keys are the catalogue's.

	async function watch(): Promise<void> {
		const until = await log.coveredUntil().catch((error: unknown) => {
			report('RECORD_FAILED', {reason: reasonOf(error)});
			return undefined;
		});
		if (until !== undefined) {
			book.gap(until, new Date(), 'the daemon was not running');
		}

		const {attend, settle} = attendant({schedule, book, report, unattested, memories, notAttested});
		const cover = (): Promise<void> => {
			settle(new Date());
			return signCoverage();
		};
		await cover();
		const timer = setInterval(() => void cover(), parts.coverageMs);
		try {
			for await (const happening of watchContainers(means.engine, signal)) {
				attend(happening);
			}
		} finally {
			clearInterval(timer);
			setTimeout(() => grace.abort(), GRACE_MS).unref();
			await schedule.drain();
			await cover();
		}
	}

	async function signCoverage(): Promise<void> {
		const begun = new Date();
		try {
			await record(book.close(begun, log.size(), witness));
			report('COVERAGE_SIGNED');
		} catch (error) {
			book.gap(begun, new Date(), `the coverage statement before this one was lost: ${reasonOf(error)}`);
		}
	}

	const episodes = openEpisodes({
		hostId: witness.hostId,
		record,
		teller: parts.teller ?? {tell: () => undefined},
		now: () => new Date(),
	});
	const reload = (): void => {
		for (const id of memories.keys()) {
			schedule.touch(id, 'policy');
		}
	};
	return {
		episodes,
		reload,
		targets: () => [...views.values(), ...unattested.values()],
		ended: watch(),
	};
}

/** A statement holds until the heartbeat after it is overdue. */
const VALID_MS = 70 * 60_000;

function viewOf(
	{id, name, image}: Target,
	verdict: NonNullable<TargetView['verdict']>,
	at: Date,
): TargetView {
	return {id, name, image: image.reference, state: 'attested', verdict, observedAt: at.toISOString()};
}
