import type {ControlId} from '../policies/catalogue.ts';
import {catalogue} from '../policies/catalogue.ts';
import type {Check} from '../policies/decide.ts';
import type {Episode} from './episode.ts';

/** What is remembered of one control at one container; a control that always held leaves no track. */
export interface Track {
	/** Failing observations in a row, whether waived or not. */
	readonly bad: number;
	/** Observations in a row that held, while an episode is open. */
	readonly good: number;
	readonly firstBadAt?: string;
	/** The open one. */
	readonly episode?: Episode;
}

export type Tracks = ReadonlyMap<ControlId, Track>;

export interface Followed {
	readonly tracks: Tracks;
	readonly opened: readonly Episode[];
	readonly closed: readonly Episode[];
}

/** One look at a container, as episodes see it. */
export interface Seeing {
	readonly container: Episode['container'];
	readonly checks: readonly Check[];
	/** Whether the control was asked about just now; what was seen earlier counts once. */
	readonly isObserved: (control: ControlId) => boolean;
	/** Observations in a row that open or close an episode: a single slip of the network is no episode. */
	readonly needed: (control: ControlId) => number;
	readonly now: Date;
	readonly newId: () => string;
}

export const noTracks: Tracks = new Map();

const untouched: Track = {bad: 0, good: 0};

/** Tracks after one more look, and what opened or closed by it. */
export function follow(before: Tracks, seeing: Seeing): Followed {
	const steps = seeing.checks.map(check => {
		const track = before.get(check.control) ?? untouched;
		const {episode, ...rest} = step(track, check, seeing);
		const isOpen = episode !== undefined && episode.closedAt === undefined;
		return {
			control: check.control,
			track: isOpen ? {...rest, episode} : rest,
			opened: isOpen && track.episode === undefined ? [episode] : [],
			closed: episode === undefined || isOpen ? [] : [episode],
		};
	});
	const kept = steps.filter(
		({track}) => track.bad > 0 || ('episode' in track && track.episode !== undefined),
	);
	return {
		tracks: new Map(kept.map(({control, track}) => [control, track])),
		opened: steps.flatMap(({opened}) => opened),
		closed: [...steps.flatMap(({closed}) => closed), ...unasked(before, seeing)],
	};
}

/** What the policy no longer asks about is not failing any more, and was not seen to hold either. */
function unasked(before: Tracks, {checks, now}: Seeing): readonly Episode[] {
	const asked = new Set(checks.map(({control}) => control));
	return [...before].flatMap(([control, {episode}]) =>
		asked.has(control) || episode === undefined ? [] : [closedAs(episode, 'waived', now)],
	);
}

/** The container has ended, and with it everything that was wrong with it. */
export function stopAll(before: Tracks, now: Date): readonly Episode[] {
	return [...before.values()].flatMap(({episode}) =>
		episode === undefined ? [] : [closedAs(episode, 'stopped', now)],
	);
}

/** Whether the next observation of a control decides about an episode, and should not wait for its turn. */
export function isUnsure(track: Track | undefined, needed: number): boolean {
	return (
		track !== undefined &&
		(track.episode === undefined
			? track.bad > 0 && track.bad < needed
			: track.good > 0 && track.good < needed)
	);
}

function step(track: Track, check: Check, seeing: Seeing): Track {
	const isObserved = seeing.isObserved(check.control);
	switch (conditionOf(check)) {
		case 'bad':
			return failing(track, check, isObserved, seeing);
		case 'waived':
			return waived(track, isObserved, seeing);
		case 'good':
			return isObserved ? holding(track, check, seeing) : track;
		case 'unknown':
			return track;
	}
}

/** `unknown` neither opens nor closes: too light to be told, or not seen. */
function conditionOf({result, level}: Check): 'bad' | 'good' | 'waived' | 'unknown' {
	switch (result) {
		case 'fail':
			return level === 'warn' || level === 'error' ? 'bad' : 'unknown';
		case 'error':
		case 'not-evaluated':
			return level === 'error' ? 'bad' : 'unknown';
		case 'waived':
			return 'waived';
		default:
			return 'good';
	}
}

function failing(track: Track, check: Check, isObserved: boolean, seeing: Seeing): Track {
	const at = seeing.now.toISOString();
	const bad = track.bad + (isObserved ? 1 : 0);
	const firstBadAt = track.firstBadAt ?? at;
	const next = {...track, bad, good: isObserved ? 0 : track.good, ...(bad > 0 && {firstBadAt})};
	if (track.episode === undefined) {
		return bad < neededFor(check, seeing) ? next : {...next, episode: begun(check, next, seeing)};
	}

	const {episode} = track;
	return isObserved
		? {
				...next,
				episode: {
					...episode,
					...faceOf(check),
					lastSeenAt: at,
					observations: episode.observations + 1,
				},
			}
		: next;
}

/** A look that failed may succeed a moment later, whatever it was a look at. */
function neededFor({control, result}: Check, {needed}: Seeing): number {
	return result === 'fail' ? needed(control) : Math.max(2, needed(control));
}

function begun(check: Check, {bad, firstBadAt}: Track, {container, now, newId}: Seeing): Episode {
	return {
		id: newId(),
		container,
		control: check.control,
		severity: catalogue[check.control].severity,
		...faceOf(check),
		openedAt: firstBadAt ?? now.toISOString(),
		lastSeenAt: now.toISOString(),
		observations: bad,
	};
}

function faceOf({result, level, findings}: Check): Pick<Episode, 'level' | 'result' | 'message'> {
	const first = findings.find(finding => finding.result === result);
	return {
		level: level === 'error' || level === 'warn' ? level : 'info',
		result: result === 'error' || result === 'not-evaluated' ? result : 'fail',
		message: (first?.message ?? '').slice(0, 1024).toWellFormed(),
	};
}

// It goes on failing underneath: when the waiver ends, nobody has to see it fail anew.
function waived(track: Track, isObserved: boolean, {now}: Seeing): Track {
	const bad = track.bad + (isObserved ? 1 : 0);
	const next = {...track, bad, good: 0};
	return track.episode === undefined ? next : {...next, episode: closedAs(track.episode, 'waived', now)};
}

function holding(track: Track, check: Check, {needed, now}: Seeing): Track {
	const good = track.good + 1;
	if (track.episode === undefined) {
		return untouched;
	}

	return good < needed(check.control)
		? {...track, good}
		: {bad: 0, good: 0, episode: closedAs(track.episode, 'recovered', now)};
}

function closedAs(episode: Episode, closedBy: NonNullable<Episode['closedBy']>, now: Date): Episode {
	return {...episode, closedAt: now.toISOString(), closedBy};
}
