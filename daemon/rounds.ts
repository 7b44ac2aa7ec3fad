import type {Bundle} from '../policies/bundle.ts';
import type {ControlId} from '../policies/catalogue.ts';
import type {Finding} from '../policies/finding.ts';
import {believed} from './believe.ts';
import {type ConcludeParts, conclude} from './conclude.ts';
import type {CoverageBook} from './coverage.ts';
import type {Promised} from './docker/promise.ts';
import type {Target} from './docker/target.ts';
import type {EpisodeKeeper} from './episode-book.ts';
import {follow, isUnsure, noTracks, stopAll} from './episodes.ts';
import {DaemonError, reasonOf} from './error.ts';
import {type Judging, question, STOPPED, unlooked, verdictOf} from './judge.ts';
import {type Means, subjectOf} from './look.ts';
import {heartbeatInMs, isSpent, knownOf, type Memory, memoryOf, renewed, spend} from './memory.ts';
import {askedOf, jitterOf, type Lane, type Next, neededOf, never, type Paces, reachOf} from './paces.ts';
import {registry as allProbes} from './probes/index.ts';
import type {Doubt} from './probes/negative.ts';
import type {Registered, Subject} from './probes/probe.ts';
import {promisesKept} from './promises.ts';
import {END, type LastWord} from './recall.ts';
import type {LookOnce} from './schedule.ts';
import type {Passed} from './short-lived.ts';
import {
	type Asking,
	chosen,
	isEarly,
	merged,
	nextOf,
	noSights,
	sharing,
	standing,
	tallyOf,
} from './sights.ts';
import {type TargetView, viewOf} from './target-view.ts';

/** What is needed to go from container to container. Members may be getters: policies change while the daemon runs. */
export interface RoundParts extends Omit<ConcludeParts, 'remember'> {
	readonly episodes: EpisodeKeeper;
	readonly means: Means;
	readonly judging: Judging;
	readonly paces: Paces;
	/** How long a container may be looked at in an hour, beyond its configuration. */
	readonly budgetMs: number;
	readonly doubt: Doubt | undefined;
	readonly book: Pick<CoverageBook, 'verified' | 'skipped'>;
	readonly lastWord: (container: string) => Promise<LastWord | undefined>;
	/** A container that came and went before it could be looked at, as the events told of it. */
	readonly passed: (container: string) => Passed | undefined;
	readonly now: () => Date;
	/** Cuts looks short. */
	readonly signal: AbortSignal;
}

export interface Rounds {
	readonly look: LookOnce;
	readonly views: () => readonly TargetView[];
	/** What the log knows of containers, before the first look. */
	readonly recall: (memories: readonly Memory[]) => void;
	readonly has: (id: string) => boolean;
	/** Ids of containers that ran when they were last heard of. */
	readonly running: () => Iterable<string>;
	/** How well the controls of all containers are covered at this moment. */
	readonly tally: () => {readonly evaluated: number; readonly stale: number; readonly doubted: number};
}

/** Stopped containers that are remembered; the log remembers all. */
const MAX_STOPPED = 4096;

type Asked = ReadonlyMap<ControlId, Registered>;

export function startRounds(parts: RoundParts): Rounds {
	const {means, judging, paces, book, report, now, signal} = parts;
	const memories = new Map<string, Memory>();
	const views = new Map<string, TargetView>();
	const stopped = new Set<string>();
	const share = sharing();
	const promises = promisesKept();
	const concluding: ConcludeParts = {...parts, remember};
	let last: {readonly bundle: Bundle; readonly asked: Asked} | undefined;

	function remember(memory: Memory): void {
		memories.set(memory.target.id, memory);
	}

	function asking(): Asked {
		const {bundle, registry = allProbes} = judging;
		last = last?.bundle === bundle ? last : {bundle, asked: askedOf(registry, bundle.settings)};
		return last.asked;
	}

	function askingOf(memory: Memory, asked: Asked, at: Date): Asking {
		return {
			asked,
			paces,
			jitter: jitterOf(memory.target.id),
			isUnsure: control =>
				isUnsure(memory.tracks.get(control), neededFor(control, asked)) ||
				isEarly(memory.sights.get(control), memory.target.startedAt),
			renewedAt: memory.renewedAt,
			isSpent: isSpent(memory.spent, parts.budgetMs, at),
		};
	}

	function neededFor(control: ControlId, asked: Asked): number {
		return neededOf(judging.bundle.settings[control].params, asked.get(control)?.pace);
	}

	async function look(id: string, trigger: string, lane: Lane, isHurried: boolean): Promise<Next | 'over'> {
		try {
			return await visit(id, trigger, lane, isHurried);
		} catch (error) {
			if (error instanceof DaemonError && error.code === 'TARGET_GONE') {
				await bury(id);
				return 'over';
			}

			missed(id, error);
			throw error;
		}
	}

	async function visit(id: string, trigger: string, lane: Lane, isHurried: boolean): Promise<Next | 'over'> {
		const startedOn = now();
		// What the engine and the kernel can answer alone calls upon nobody.
		const isQuiet = lane === 'prompt' && (isHurried || reachOf(trigger) !== 'all');
		const subject = await subjectOf(id, means, signal, {
			isQuiet,
			episodesOf: parts.episodes.of,
			promisedTo: target => (isQuiet ? promises.of(target) : undefined),
		});
		promises.keep(subject);
		try {
			const memory = await memoryFor(subject.target, trigger, startedOn);
			// What has died and runs was started again.
			const what = trigger === END ? 'event:start' : trigger;
			return subject.target.running
				? await judgeRunning(subject, memory, {trigger: what, lane, startedOn, isQuiet})
				: await end(memory, subject.promised, STOPPED, startedOn);
		} finally {
			subject.close();
		}
	}

	async function memoryFor(target: Target, trigger: string, at: Date): Promise<Memory> {
		const known = memories.get(target.id);
		const memory =
			known ?? memoryOf(target, (await parts.lastWord(target.id).catch(() => undefined))?.envelope, at);
		const same = renewed(memory, target);
		return trigger === 'policy' ? {...same, renewedAt: at.getTime()} : same;
	}

	async function judgeRunning(
		subject: Subject,
		memory: Memory,
		{trigger, lane, startedOn, isQuiet}: {trigger: string; lane: Lane; startedOn: Date; isQuiet: boolean},
	): Promise<Next> {
		const {target, promised} = subject;
		const asked = asking();
		const at = startedOn.getTime();
		const controls = chosen(memory.sights, askingOf(memory, asked, startedOn), {
			lane,
			reach: lane === 'prompt' ? reachOf(trigger) : 'due',
			now: at,
		}).filter(control => !isQuiet || asked.get(control)?.pace === 'configuration');
		const findings = await question(subject, controls, judging, signal);
		const seen = await believed(controls, findings, {at, doubt: parts.doubt, share, signal});
		const finishedOn = now();
		const after: Memory = {
			...memory,
			sights: merged(memory.sights, seen),
			spent: spent(memory, controls, asked, finishedOn.getTime() - at, finishedOn),
		};
		const standingFindings = standing(after.sights, {asked, paces}, finishedOn.getTime());
		const verdict = verdictOf(standingFindings, [...asked.keys()], target.image, judging.bundle, startedOn);
		const followed = follow(memory.tracks, {
			container: {id: target.id, name: target.name, image: target.image.reference},
			checks: verdict.checks,
			isObserved: control => seen.has(control) && seen.get(control)?.doubted !== true,
			needed: control => neededFor(control, asked),
			now: finishedOn,
			newId: () => crypto.randomUUID(),
		});
		views.set(target.id, viewOf(target, promised, verdict.outcome, finishedOn));
		stopped.delete(target.id);
		book.verified(target.id);
		await conclude({memory: after, promised, verdict, followed, trigger, startedOn, finishedOn}, concluding);
		return nextFor(target.id, asked);
	}

	function spent(
		memory: Memory,
		controls: readonly ControlId[],
		asked: Asked,
		tookMs: number,
		at: Date,
	): Memory['spent'] {
		const isFree = controls.every(control => asked.get(control)?.pace === 'configuration');
		const after = spend(memory.spent, isFree ? 0 : tookMs, at);
		if (after.ms >= parts.budgetMs && !isSpent(memory.spent, parts.budgetMs, at)) {
			report('TARGET_COSTLY', {container: memory.target.id, spentMs: after.ms});
		}

		return after;
	}

	function nextFor(id: string, asked: Asked): Next {
		const memory = memories.get(id);
		if (memory === undefined) {
			return never;
		}

		const at = now();
		const next = nextOf(memory.sights, askingOf(memory, asked, at), at.getTime());
		return {...next, prompt: Math.min(next.prompt, heartbeatInMs(memory, at))};
	}

	/** A container's line in the record has an end: nothing was there to look at, and its episodes are over. */
	async function end(memory: Memory, promised: Promised, why: string, at: Date): Promise<'over'> {
		const {target} = memory;
		const before = stopped.has(target.id) ? memories.get(target.id) : undefined;
		if (before?.target.startedAt.getTime() === target.startedAt.getTime()) {
			return 'over';
		}

		const controls = [...asking().keys()];
		const findings: readonly Finding[] = unlooked(controls, why);
		const {bundle} = judging;
		views.delete(target.id);
		await conclude(
			{
				memory: {...memory, target: {...knownOf(target), running: false}, sights: noSights},
				promised,
				verdict: verdictOf(findings, controls, target.image, bundle, at),
				followed: {tracks: noTracks, opened: [], closed: stopAll(memory.tracks, at)},
				trigger: END,
				startedOn: at,
				finishedOn: now(),
			},
			concluding,
		);
		setStopped(target.id);
		return 'over';
	}

	function setStopped(id: string): void {
		stopped.add(id);
		const [oldest] = stopped.size > MAX_STOPPED ? stopped : [];
		if (oldest !== undefined) {
			stopped.delete(oldest);
			memories.delete(oldest);
		}
	}

	/** A container that is gone without having been seen to stop gets its last statement from memory, or from its events. */
	async function bury(id: string): Promise<void> {
		const at = now();
		const memory = memories.get(id);
		const promised: Promised = {state: 'unread', reason: 'the container is gone'};
		if (memory === undefined) {
			const passed = parts.passed(id);
			if (passed === undefined) {
				book.skipped({containerId: id, name: '', image: '', reason: 'gone before it could be looked at'});
				report('TARGET_GONE', {container: id});
			} else {
				await end(memoryOf(passed.target, undefined, at), promised, passed.message, at);
			}
		} else if (!stopped.has(id)) {
			await end(memory, promised, 'The container is gone', at);
		}

		memories.delete(id);
		stopped.delete(id);
		views.delete(id);
	}

	function missed(id: string, error: unknown): void {
		const {name, image} = views.get(id) ?? {name: '', image: ''};
		book.skipped({containerId: id, name, image, reason: reasonOf(error)});
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		report('TARGET_FAILED', {container: id, reason: reasonOf(error), code});
	}

	return {
		look,
		views: () => [...views.values()],
		recall: recalled => {
			for (const memory of recalled) {
				remember(memory);
			}
		},
		has: id => memories.has(id),
		running: () => Array.from(memories.keys()).filter(id => !stopped.has(id)),
		tally: () => {
			const running = [...memories.values()].flatMap(({target, sights}) => (target.running ? [sights] : []));
			return tallyOf(running, {asked: asking(), paces}, now().getTime());
		},
	};
}
