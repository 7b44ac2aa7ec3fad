import {randomUUID} from 'node:crypto';
import type {Verdict} from '../policies/decide.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {type Digest, digestOf} from '../proto/digest.ts';
import type {RuntimeVerification} from '../proto/statement.ts';
import type {Target} from './docker/target.ts';

export type Episode = NonNullable<RuntimeVerification['episode']>;

/** What is remembered of a container between two looks. */
export interface Memory {
	readonly target: Target;
	/** Stands for everything that a new statement would have to say anew. */
	readonly state: Digest;
	/** Control → result of the last whole look. */
	readonly results: Readonly<Record<string, string>>;
	/** When every control was last looked at. */
	readonly lookedAt: Date | undefined;
	readonly signedAt: Date | undefined;
	/** Of the last envelope that was logged: the chain that holds without the log. */
	readonly envelope: Digest | undefined;
	/** Looks since the last statement, this one included. */
	readonly observations: number;
	readonly episode: Episode | undefined;
}

/** One statement an hour shows that the daemon still looks, even when nothing changes. */
const HEARTBEAT_MS = 3_600_000;

/** Between two whole looks at a container of which nothing is heard. */
const WHOLE_LOOK_MS = 600_000;

/** Memory after one more look. A failing or incomplete verdict opens an episode, a pass closes it. */
export function remember(before: Memory | undefined, target: Target, verdict: Verdict, now: Date): Memory {
	const observations = (before?.observations ?? 0) + 1;
	return {
		target,
		state: stateOf(target, verdict),
		results: resultsOf(verdict),
		lookedAt: now,
		signedAt: before?.signedAt,
		envelope: before?.envelope,
		observations,
		episode: episodeOf(before?.episode, verdict, now),
	};
}

/** Why a statement has to be made of this look; undefined when the last one still says it all. */
export function reasonToSign(
	before: Memory | undefined,
	after: Memory,
	trigger: string,
	now: Date,
): string | undefined {
	if (before?.signedAt === undefined || before.state !== after.state) {
		return 'transition';
	}

	if (trigger === 'event:start' || trigger === 'event:die') {
		return trigger;
	}

	return now.getTime() - before.signedAt.getTime() >= HEARTBEAT_MS ? 'heartbeat' : undefined;
}

/** Whether a glance will do: nothing happened, and the last whole look is not old. */
export function isGlanceDue(memory: Memory | undefined, trigger: string, now: Date): memory is Memory {
	return (
		trigger === 'schedule' &&
		memory?.signedAt !== undefined &&
		memory.lookedAt !== undefined &&
		now.getTime() - memory.lookedAt.getTime() < WHOLE_LOOK_MS &&
		now.getTime() - memory.signedAt.getTime() < HEARTBEAT_MS
	);
}

/** Memory after a glance that saw nothing new; undefined when it did, and a whole look has to tell what. */
export function glanced(before: Memory, target: Target, verdict: Verdict, now: Date): Memory | undefined {
	const seen = Object.entries(resultsOf(verdict));
	const isSame =
		identityOf(before.target) === identityOf(target) &&
		seen.every(([control, result]) => before.results[control] === result);
	if (!isSame) {
		return;
	}

	const episode = before.episode && {
		...before.episode,
		observations: before.episode.observations + 1,
		lastObservedAt: now.toISOString(),
	};
	return {...before, observations: before.observations + 1, episode};
}

/** Memory after a statement about it lies in the log. */
export function signed(memory: Memory, envelope: Digest, now: Date): Memory {
	return {
		...memory,
		signedAt: now,
		envelope,
		observations: 0,
		episode: memory.episode?.state === 'closed' ? undefined : memory.episode,
	};
}

// Results, not observations: a number that differs at every look would make every look a transition.
function stateOf(target: Target, verdict: Verdict): Digest {
	const {outcome} = verdict;
	return digestOf(canonicalJson({outcome, results: resultsOf(verdict), target: identityOf(target)}));
}

function resultsOf({checks}: Verdict): Readonly<Record<string, string>> {
	return Object.fromEntries(checks.map(({control, result}) => [control, result]));
}

function identityOf({startedAt, running, image, labelsDigest}: Target): string {
	return canonicalJson({running, startedAt: startedAt.toISOString(), image: image.digest, labelsDigest});
}

function episodeOf(before: Episode | undefined, {outcome}: Verdict, now: Date): Episode | undefined {
	const seen = {lastObservedAt: now.toISOString(), observations: (before?.observations ?? 0) + 1};
	if (outcome !== 'pass') {
		return {
			id: before?.id ?? randomUUID(),
			state: 'open',
			firstFailAt: before?.firstFailAt ?? now.toISOString(),
			...seen,
		};
	}

	return before === undefined ? undefined : {...before, ...seen, state: 'closed'};
}
