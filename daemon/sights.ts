import type {ControlId} from '../policies/catalogue.ts';
import type {Finding} from '../policies/finding.ts';
import {type Lane, laneOf, lanes, type Next, never, type Paces} from './paces.ts';
import type {Registered} from './probes/probe.ts';

/** What a probe said of a container, and when it was asked. */
export interface Sight {
	readonly at: number;
	readonly findings: readonly Finding[];
	/** Its probe failed its own test: what it says counts for nothing. */
	readonly doubted?: true;
}

export type Sights = ReadonlyMap<ControlId, Sight>;

export const noSights: Sights = new Map();

/** What there is to ask, and by what clock. */
export interface Asking {
	readonly asked: ReadonlyMap<ControlId, Pick<Registered, 'pace'>>;
	readonly paces: Paces;
	/** From 0 up to 1, by container. */
	readonly jitter: number;
	/** Whether the next answer decides about an episode. */
	readonly isUnsure: (control: ControlId) => boolean;
	/** What was seen before this counts until it is seen anew, which is due. */
	readonly renewedAt: number;
	/** Only what the engine and the kernel say: a container that has cost its share is not asked for more. */
	readonly isSpent: boolean;
}

/** A tenth of a pace: how far jitter spreads containers, and how much too early an answer may be renewed beside others. */
const SLACK = 0.1;

/** An answer counts for two paces, so that one look may fail. */
const LASTS = 2;

/** At the default interval; with shorter paces it comes as much sooner. */
const CONFIRM_PART = 0.1;

/** The controls that this look asks about. */
export function chosen(
	sights: Sights,
	asking: Asking,
	look: {readonly lane: Lane; readonly reach: 'all' | 'configuration' | 'due'; readonly now: number},
): readonly ControlId[] {
	const {asked, paces, isSpent} = asking;
	return [...asked].flatMap(([control, {pace}]) => {
		if (isSpent && pace !== 'configuration') {
			return [];
		}

		const isReached =
			(look.reach === 'all' && laneOf(pace) !== 'long') ||
			(look.reach === 'configuration' && pace === 'configuration');
		if (!isReached && lanes.indexOf(laneOf(pace)) > lanes.indexOf(look.lane)) {
			return [];
		}

		return isReached || dueAt(control, sights, asking) - SLACK * paces[pace] <= look.now ? [control] : [];
	});
}

/** A container may not listen at once: what could not be seen within its first minute is looked for once more, soon. */
const EARLY_MS = 60_000;

/** Whether nothing was seen because the container had only just begun. */
export function isEarly(sight: Sight | undefined, startedAt: Date): boolean {
	return (
		sight !== undefined &&
		sight.at - startedAt.getTime() < EARLY_MS &&
		sight.findings.some(({result}) => result === 'not-evaluated' || result === 'error')
	);
}

/** When a control is to be asked about again; minus infinity when it never was. */
function dueAt(
	control: ControlId,
	sights: Sights,
	{asked, paces, jitter, isUnsure, renewedAt}: Asking,
): number {
	const sight = sights.get(control);
	const pace = asked.get(control)?.pace;
	if (sight === undefined || pace === undefined || sight.at < renewedAt) {
		return Number.NEGATIVE_INFINITY;
	}

	// Half a minute at the usual paces, and rudeness is not repeated that soon.
	const confirm = pace === 'rare' ? paces.configuration : CONFIRM_PART * paces.configuration;
	return isUnsure(control)
		? sight.at + Math.min(confirm, paces[pace])
		: sight.at + paces[pace] * (1 - SLACK * jitter);
}

/** When the next look in each lane is due. What is due already waits for its turn, not for its time. */
export function nextOf(sights: Sights, asking: Asking, now: number): Next {
	const next: Record<Lane, number> = {...never};
	for (const [control, {pace}] of asking.asked) {
		if (!asking.isSpent || pace === 'configuration') {
			const lane = laneOf(pace);
			next[lane] = Math.min(next[lane], Math.max(0, dueAt(control, sights, asking) - now));
		}
	}

	return next;
}

/** What was seen, with what was seen just now in its place. */
export function merged(before: Sights, seen: Sights): Sights {
	return new Map([...before, ...seen]);
}

/** What counts at a moment: every control is answered, if only with why it is not. */
export function standing(
	sights: Sights,
	{asked, paces}: Pick<Asking, 'asked' | 'paces'>,
	now: number,
): readonly Finding[] {
	return [...asked].flatMap(([control, {pace}]) => {
		const sight = sights.get(control);
		if (sight === undefined) {
			return [unanswered(control, 'It was not looked at yet since the container was first seen')];
		}

		return isFresh(sight, paces[pace], now)
			? sight.findings
			: [
					unanswered(
						control,
						`What was seen is stale: nobody has looked since ${new Date(sight.at).toISOString()}`,
					),
				];
	});
}

/** How many controls of containers are judged by an answer that counts, by none that does, and by a probe that is not believed. */
export function tallyOf(
	all: readonly Sights[],
	{asked, paces}: Pick<Asking, 'asked' | 'paces'>,
	now: number,
): {readonly evaluated: number; readonly stale: number; readonly doubted: number} {
	const counts = {evaluated: 0, stale: 0, doubted: 0};
	for (const sights of all) {
		for (const [control, {pace}] of asked) {
			counts[kindOf(sights.get(control), paces[pace], now)] += 1;
		}
	}

	return counts;
}

function kindOf(sight: Sight | undefined, paceMs: number, now: number): 'evaluated' | 'stale' | 'doubted' {
	if (sight === undefined || !isFresh(sight, paceMs, now)) {
		return 'stale';
	}

	return sight.doubted === true ? 'doubted' : 'evaluated';
}

function isFresh({at}: Sight, paceMs: number, now: number): boolean {
	return now - at <= LASTS * paceMs;
}

function unanswered(control: ControlId, message: string): Finding {
	return {control, result: 'not-evaluated', message};
}

/** Findings that many containers share are kept once. Bounded: what is over starts anew. */
export function sharing(most = 20_000): (findings: readonly Finding[]) => readonly Finding[] {
	const known = new Map<string, readonly Finding[]>();
	return findings => {
		const text = JSON.stringify(findings);
		const same = known.get(text);
		if (same !== undefined) {
			return same;
		}

		if (known.size >= most) {
			known.clear();
		}

		known.set(text, findings);
		return findings;
	};
}
