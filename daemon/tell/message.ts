import type {Episode} from '../episode.ts';
import {plain} from './plain.ts';

/** What one message is about. */
export type MessageKind =
	| 'opened'
	| 'reminder'
	| 'closed'
	| 'acknowledged'
	| 'contained'
	| 'gap'
	| 'record'
	| 'test';

/** Several notices told at once. */
export interface Message {
	/** Also how a receiver knows a message that it gets twice. */
	readonly id: string;
	readonly kind: MessageKind;
	readonly at: Date;
	readonly episodes: readonly Episode[];
	/** Sentences about what is no episode, or what was done about one. */
	readonly sentences: readonly string[];
}

/** So many are named; the others are counted. */
const NAMED = 20;

export const weights = {critical: 4, high: 3, medium: 2, low: 1} as const;

/** The heaviest of its episodes. */
export function severityOf({episodes}: Message): Episode['severity'] | undefined {
	return episodes.map(({severity}) => severity).toSorted((a, b) => weights[b] - weights[a])[0];
}

const verbs: Readonly<Record<MessageKind, readonly [one: string, many: string]>> = {
	opened: ['fails', 'fail'],
	reminder: ['still fails', 'still fail'],
	closed: ['recovered', 'recovered'],
	acknowledged: ['was acknowledged', 'were acknowledged'],
	contained: ['was contained', 'were contained'],
	gap: ['', ''],
	record: ['', ''],
	test: ['', ''],
};

const titles: Readonly<Partial<Record<MessageKind, string>>> = {
	gap: 'Nobody looked for a while',
	record: 'The record needs attention',
	test: 'Test alert: somebody has to acknowledge it',
};

/** One line, such as `hdr-on-errors fails at 1000 containers`. */
export function titleOf({kind, episodes}: Message): string {
	const title = titles[kind];
	if (title !== undefined) {
		return title;
	}

	const controls = distinct(episodes.map(({control}) => control));
	const containers = distinct(episodes.map(nameOf));
	const [one, many] = verbs[kind];
	const what = controls.length === 1 ? `${controls[0]} ${one}` : `${controls.length} controls ${many}`;
	return `${what} at ${containers.length === 1 ? containers[0] : `${containers.length} containers`}`;
}

/** What stands below the title: the first twenty by name, and how many more there are. */
export function linesOf({kind, episodes, sentences}: Message): readonly string[] {
	const named = episodes.slice(0, NAMED).map(episode => lineOf(kind, episode));
	const more = episodes.length - named.length;
	return [...sentences.slice(0, NAMED), ...named, ...(more > 0 ? [`and ${more} more`] : [])];
}

function lineOf(kind: MessageKind, episode: Episode): string {
	const {control, severity, message, acknowledged, id} = episode;
	const where = `${nameOf(episode)}: ${control} (${severity})`;
	switch (kind) {
		case 'closed':
			return `${where} ${endOf(episode)}, episode ${id}`;
		case 'acknowledged':
			return `${where} by ${plain(acknowledged?.by ?? '')}: ${plain(acknowledged?.reason ?? '')}, episode ${id}`;
		case 'reminder':
			return `${where} since ${episode.openedAt}: ${plain(message)}, episode ${id}`;
		default:
			return `${where}: ${plain(message)}, episode ${id}`;
	}
}

const ends = {recovered: 'holds again', stopped: 'ended with its container', waived: 'is waived'} as const;

function endOf({openedAt, closedAt, closedBy = 'recovered'}: Episode): string {
	const ms = Date.parse(closedAt ?? '') - Date.parse(openedAt);
	return `${ends[closedBy]}${ms >= 0 ? ` after ${durationOf(ms)}` : ''}`;
}

/** `2 h 5 min`, as people say it: the two largest units. */
export function durationOf(ms: number): string {
	const seconds = Math.round(ms / 1000);
	const units = [
		[Math.floor(seconds / 86_400), 'd'],
		[Math.floor(seconds / 3600) % 24, 'h'],
		[Math.floor(seconds / 60) % 60, 'min'],
		[seconds % 60, 's'],
	] as const;
	const first = units.findIndex(([count]) => count > 0);
	const said = first < 0 ? [units[3]] : units.slice(first, first + 2).filter(([count]) => count > 0);
	return said.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

export function nameOf({container}: Episode): string {
	return plain(container.name, 128) || container.id.slice(0, 12);
}

export function distinct(texts: readonly string[]): readonly string[] {
	return [...new Set(texts)];
}
