import type {NoticeCounts} from '../../proto/delivery.ts';
import type {Episode} from '../episode.ts';
import {groupsOf, keysOf, type Waiting} from './groups.ts';
import {knownEpisodes} from './known.ts';
import type {Message} from './message.ts';
import type {Notice} from './notice.ts';
import {type Silence, silenceOf} from './silence.ts';
import {openStories} from './stories.ts';

/** When things are told. */
export interface Pacing {
	/** How long a notice waits for others that belong to it. */
	readonly waitMs: number;
	/** Between two messages that share a container or a control. */
	readonly pauseMs: number;
	/** When an episode that is open and that nobody acknowledged is told again; 0 for never. */
	readonly remindMs: number;
	/** Notices that wait, and episodes that are remembered, at most. */
	readonly most: number;
}

/** A test goes out at once, and never comes here. */
type DeskNotice = Exclude<Notice, {readonly kind: 'test'}>;
type EpisodeNotice = Extract<Notice, {readonly episode: Episode}>;

/** Where notices come in and messages go out. Time is handed in; nothing here waits or sends. */
export interface Desk {
	readonly take: (notice: DeskNotice, now: Date) => Fate;
	/** Messages whose time has come. @param all those too whose time has not */
	readonly due: (now: Date, all?: boolean) => readonly Message[];
	/** Episodes that were told before this desk was opened, and are open. */
	readonly recall: (episodes: readonly Episode[], now: Date) => void;
	/** How many of the notices that were taken wait. */
	readonly waiting: () => number;
	/** Episodes that were told and are open. */
	readonly open: () => readonly Episode[];
	readonly counts: () => NoticeCounts;
}

/** What becomes of a notice. */
export type Fate =
	| {readonly is: 'waits' | 'below' | 'repeated' | 'dropped'}
	| {readonly is: 'silenced'; readonly reason: string};

export interface DeskParts {
	readonly pacing: Pacing;
	readonly silences: readonly Silence[];
	/** Whether any channel is to hear of it. */
	readonly isWanted: (episode: Episode) => boolean;
	readonly newId: (now: Date) => string;
}

/** Reminders are due in hours: every second is too often to look at thousands of episodes. */
const REMIND_EVERY_MS = 5000;

export function openDesk({pacing, silences, isWanted, newId}: DeskParts): Desk {
	const counts = {taken: 0, told: 0, silenced: 0, below: 0, repeated: 0, dropped: 0};
	const known = knownEpisodes(pacing.most);
	const stories = openStories();
	/** Key of a container or a control → when it was last told of, oldest first. */
	const lately = new Map<string, number>();
	const waiting = new Map<string, Waiting>();
	let remindedAt = -Infinity;
	let latest = -Infinity;
	let nextDue = Infinity;

	function fateOf(notice: EpisodeNotice, now: Date): Fate {
		const {kind, episode} = notice;
		if (isRepeated(kind, episode.id)) {
			return {is: 'repeated'};
		}

		if (!isWanted(episode)) {
			return {is: 'below'};
		}

		const reason = kind === 'contained' ? undefined : reasonForSilence(episode, now);
		if (reason !== undefined) {
			return {is: 'silenced', reason};
		}

		const isFull = waiting.size >= pacing.most || (kind === 'opened' && known.isFull());
		return {is: isFull ? 'dropped' : 'waits'};
	}

	/** Who heard that it began hears how it ends, whatever is silenced by then. */
	function reasonForSilence(episode: Episode, now: Date): string | undefined {
		const before = known.get(episode.id);
		if (before?.toldAt !== undefined) {
			return undefined;
		}

		const unheard = before === undefined ? undefined : 'nobody was told that it began';
		return silenceOf(silences, episode, now)?.reason ?? unheard;
	}

	function isRepeated(kind: EpisodeNotice['kind'], id: string): boolean {
		const before = known.get(id);
		const isBefore = {
			opened: before !== undefined,
			acknowledged: before?.isTaken === true,
			closed: false,
			contained: waiting.has(`contained ${id}`),
		} as const;
		return isBefore[kind] || (kind !== 'contained' && known.hasEnded(id));
	}

	/** What is remembered of an episode from now on. */
	function follow(
		{kind, episode}: Exclude<EpisodeNotice, {readonly kind: 'contained'}>,
		toldAt: number | undefined,
	): void {
		if (kind === 'closed') {
			known.end(episode.id);
			return;
		}

		if (known.get(episode.id) === undefined) {
			known.add(episode, toldAt);
		}

		if (kind === 'acknowledged') {
			known.take(episode.id, episode.acknowledged);
		}
	}

	function takeEpisode(notice: EpisodeNotice, now: Date): Fate {
		const before = known.get(notice.episode.id)?.episode;
		const fate = fateOf(notice, now);
		const isKept = fate.is === 'waits' || fate.is === 'silenced';
		if (notice.kind !== 'contained' && isKept) {
			follow(notice, fate.is === 'waits' ? now.getTime() : undefined);
		}

		if (fate.is === 'waits') {
			put(notice, before, now.getTime());
		}

		return fate;
	}

	function put(notice: EpisodeNotice, before: Episode | undefined, since: number): void {
		const {kind, episode} = notice;
		// What ended before it was told is told once, as what became of it.
		if (kind === 'closed' && waiting.delete(`opened ${episode.id}`)) {
			counts.told += 1;
		}

		const shown = before === undefined ? episode : {...episode, container: before.container};
		const sentence = kind === 'contained' ? {sentence: notice.what} : {};
		waiting.set(`${kind} ${episode.id}`, {kind, episode: shown, since, ...sentence});
		nextDue = Math.min(nextDue, since + pacing.waitMs);
	}

	function dueEpisodes(now: number, all: boolean): readonly (readonly Waiting[])[] {
		// Grouping costs time where thousands wait, and nothing can be due before this: who joins a group never hastens it.
		if (!all && now < nextDue) {
			return [];
		}

		const groups = groupsOf([...waiting.values()]);
		const due = groups.filter(group => all || now >= dueAt(group));
		for (const {kind, episode} of due.flat()) {
			waiting.delete(`${kind} ${episode.id}`);
			counts.told += 1;
		}

		const kept = groups.filter(group => !due.includes(group));
		nextDue = kept.reduce((soonest, group) => Math.min(soonest, dueAt(group)), Infinity);
		return due;
	}

	// Of a group the first is the one that has waited longest.
	function dueAt(group: readonly Waiting[]): number {
		const rested = group.flatMap(keysOf).map(key => (lately.get(key) ?? -Infinity) + pacing.pauseMs);
		const first = (group[0]?.since ?? 0) + pacing.waitMs;
		return rested.reduce((latest, at) => Math.max(latest, at), first);
	}

	/** Open, nobody's, and told long ago; or silenced when it began, and silenced no more. */
	function reminders(now: Date): readonly (readonly Waiting[])[] {
		const since = now.getTime();
		if (since - remindedAt < REMIND_EVERY_MS) {
			return [];
		}

		remindedAt = since;
		const isDue = ({toldAt, isTaken}: {readonly toldAt: number | undefined; readonly isTaken: boolean}) =>
			toldAt === undefined || (pacing.remindMs > 0 && !isTaken && since - toldAt >= pacing.remindMs);
		const due = [...known.all()]
			.filter(each => isDue(each) && silenceOf(silences, each.episode, now) === undefined)
			.map(({episode}): Waiting => ({kind: 'reminder', episode, since}));
		for (const {episode} of due) {
			known.tell(episode.id, since);
		}

		return groupsOf(due);
	}

	function messageOf(group: readonly Waiting[], now: Date): Message {
		const keys = new Set(group.flatMap(keysOf));
		for (const key of keys) {
			lately.delete(key);
			lately.set(key, now.getTime());
		}

		const episodes = group.map(({episode}) => episode);
		const sentences = group.flatMap(({sentence}) => (sentence === undefined ? [] : [sentence]));
		return {id: newId(now), kind: group[0]?.kind ?? 'opened', at: now, episodes, sentences};
	}

	/** A clock that was set back must not keep back what waits. */
	function followClock(now: number): void {
		if (now < latest) {
			lately.clear();
			remindedAt = -Infinity;
			nextDue = -Infinity;
			for (const [key, each] of waiting) {
				waiting.set(key, {...each, since: Math.min(each.since, now)});
			}
		}

		latest = now;
	}

	function forgetRested(now: number): void {
		for (const [key, at] of lately) {
			if (now - at < pacing.pauseMs) {
				return;
			}

			lately.delete(key);
		}
	}

	function takeStory(notice: Exclude<DeskNotice, EpisodeNotice>, now: Date): Fate {
		return {is: stories.take(notice, now.getTime()) ? 'waits' : 'repeated'};
	}

	return {
		take: (notice, now) => {
			const fate = 'episode' in notice ? takeEpisode(notice, now) : takeStory(notice, now);
			counts.taken += 1;
			if (fate.is !== 'waits') {
				counts[fate.is] += 1;
			}

			return fate;
		},
		due: (now, all = false) => {
			const at = now.getTime();
			followClock(at);
			forgetRested(at);
			const told = stories.due(at, all ? 0 : pacing.waitMs);
			counts.told += told.flatMap(({sentences}) => sentences).length;
			const groups = [...dueEpisodes(at, all), ...(all ? [] : reminders(now))];
			return [
				...told.map(story => ({...story, id: newId(now), at: now, episodes: []})),
				...groups.map(group => messageOf(group, now)),
			];
		},
		recall: (episodes, now) => {
			for (const episode of episodes) {
				const isNew = known.get(episode.id) === undefined && !known.hasEnded(episode.id);
				if (isNew && isWanted(episode) && !known.isFull()) {
					known.add(episode, now.getTime());
				}
			}
		},
		waiting: () => waiting.size + stories.waiting(),
		open: () => [...known.all()].flatMap(({episode, toldAt}) => (toldAt === undefined ? [] : [episode])),
		counts: () => ({...counts}),
	};
}
