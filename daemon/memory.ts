import type {Verdict} from '../policies/decide.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {type Digest, digestOf} from '../proto/digest.ts';
import type {Target} from './docker/target.ts';
import {type Followed, noTracks, type Tracks} from './episodes.ts';
import {noSights, type Sights} from './sights.ts';

/** As much of a container as a statement says of it; the rest is asked again at every look. */
export type Known = Pick<Target, 'id' | 'name' | 'image' | 'startedAt' | 'running' | 'labelsDigest'>;

/** What is remembered of a container between two looks. */
export interface Memory {
	readonly target: Known;
	/** Stands for everything that a new statement would have to say anew; undefined before the first statement. */
	readonly state: Digest | undefined;
	readonly sights: Sights;
	readonly tracks: Tracks;
	/** Whatever was seen before this is due; see `Asking`. */
	readonly renewedAt: number;
	readonly signedAt: Date | undefined;
	/** Of the last envelope that was logged: the chain that holds without the log. */
	readonly envelope: Digest | undefined;
	readonly spent: Spent;
	/** Episodes that opened or closed since the last statement that the log took. */
	readonly untold: Untold;
}

export type Untold = Pick<Followed, 'opened' | 'closed'>;

export const nothingUntold: Untold = {opened: [], closed: []};

/** How long looks beyond the configuration took in the hour that began then. */
export interface Spent {
	readonly since: number;
	readonly ms: number;
}

/** One statement an hour shows that the daemon still looks, even when nothing changes. */
const HEARTBEAT_MS = 3_600_000;

const HOUR_MS = 3_600_000;

export function memoryOf(target: Known, envelope: Digest | undefined, now: Date): Memory {
	return {
		target: knownOf(target),
		state: undefined,
		sights: noSights,
		tracks: noTracks,
		renewedAt: 0,
		signedAt: undefined,
		envelope,
		spent: {since: now.getTime(), ms: 0},
		untold: nothingUntold,
	};
}

/** A container that was started anew is another one to everything that was seen of it, but for its chain and its share. */
export function renewed(memory: Memory, target: Known): Memory {
	const isSame =
		memory.target.startedAt.getTime() === target.startedAt.getTime() &&
		memory.target.image.digest === target.image.digest;
	return {
		...memory,
		target: knownOf(target),
		...(!isSame && {sights: noSights}),
	};
}

/** Why a statement has to be made of this look; undefined when the last one still says it all. */
export function reasonToSign(
	memory: Pick<Memory, 'signedAt' | 'state'>,
	state: Digest,
	trigger: string,
	now: Date,
): string | undefined {
	if (memory.signedAt === undefined || memory.state !== state) {
		return 'transition';
	}

	if (trigger === 'event:start' || trigger === 'event:die') {
		return trigger;
	}

	return now.getTime() - memory.signedAt.getTime() >= HEARTBEAT_MS ? 'heartbeat' : undefined;
}

/** Milliseconds until a statement is due although nothing changes. */
export function heartbeatInMs({signedAt}: Pick<Memory, 'signedAt'>, now: Date): number {
	return signedAt === undefined ? 0 : Math.max(0, signedAt.getTime() + HEARTBEAT_MS - now.getTime());
}

/** Results, not observations: a number that differs at every look would make every look a transition. */
export function stateOf(target: Known, {outcome, checks}: Verdict, tracks: Tracks): Digest {
	const results = Object.fromEntries(checks.map(({control, result}) => [control, result]));
	const episodes = [...tracks.values()].flatMap(({episode}) => (episode === undefined ? [] : [episode.id]));
	return digestOf(
		canonicalJson({outcome, results, episodes: episodes.toSorted(), target: identityOf(target)}),
	);
}

function identityOf({startedAt, running, image, labelsDigest}: Known): string {
	return canonicalJson({running, startedAt: startedAt.toISOString(), image: image.digest, labelsDigest});
}

export function knownOf({id, name, image, startedAt, running, labelsDigest}: Known): Known {
	return {id, name, image, startedAt, running, labelsDigest};
}

export function spend(spent: Spent, ms: number, now: Date): Spent {
	return now.getTime() - spent.since >= HOUR_MS
		? {since: now.getTime(), ms}
		: {since: spent.since, ms: spent.ms + ms};
}

/** Whether a container has cost its share of this hour. */
export function isSpent(spent: Spent, budgetMs: number, now: Date): boolean {
	return spent.ms >= budgetMs && now.getTime() - spent.since < HOUR_MS;
}
