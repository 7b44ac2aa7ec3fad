import {digestOf} from '../../proto/digest.ts';
import type {Episode, EpisodeBook} from '../episode.ts';
import {DaemonError} from '../error.ts';
import {numberOf, type Parameters, textOf, wordOf} from './query.ts';
import {ApiError} from './status.ts';

/** What the API asks of the part of the daemon that deals with people. */
export interface People {
	/** Undefined while nothing is watched yet. */
	readonly book: () => EpisodeBook | undefined;
	/** Sends a test through every channel. @throws {DaemonError} `ALERTS_ABSENT`, `ALERT_TEST_RUNS` */
	readonly testAlert: (by: string) => Promise<readonly ChannelAnswer[]>;
	/** False when no test had a message of that id. */
	readonly acknowledgeTest: (id: string, by: string, reason: string) => Promise<boolean>;
}

/** What a channel said to a test. */
export interface ChannelAnswer {
	readonly channel: string;
	readonly type: string;
	readonly state: string;
	readonly answer?: string;
	readonly providerId?: string;
	readonly at: string;
}

/** The parameters of a listing of episodes. */
export const episodeParameters = ['page_size', 'page_token', 'state', 'container', 'control'] as const;

const STATES = ['open', 'acknowledged', 'closed'] as const;
const MAX_PAGE = 1000;
const DEFAULT_PAGE = 50;

/** Episodes as JSON values, the newest first. @throws {ApiError} */
export function listEpisodes(people: People, parameters: Parameters): unknown {
	const filter = {
		state: wordOf(parameters, 'state', STATES),
		container: textOf(
			parameters,
			'container',
			/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
			"a container's name, or its id, or the first 12 or more digits of it",
		),
		control: textOf(
			parameters,
			'control',
			/^[a-z0-9-]{1,64}$/,
			'the id of a control, such as run-no-privileged',
		),
	};
	const limit = numberOf(parameters, 'page_size') ?? DEFAULT_PAGE;
	if (limit < 1 || limit > MAX_PAGE) {
		throw new ApiError('INVALID_ARGUMENT', 'BAD_PARAMETER', `page_size is a number from 1 to ${MAX_PAGE}`);
	}

	const passed = bookOf(people)
		.list()
		.filter(episode => passes(episode, filter))
		.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1));
	const token = textOf(parameters, 'page_token', /^[\w-]{1,400}$/, 'what a page before gave');
	const seal = digestOf(JSON.stringify(filter)).slice(7, 23);
	const after = token === undefined ? undefined : keyIn(token, seal);
	const rest = after === undefined ? passed : passed.filter(episode => keyOf(episode) < after);
	const page = rest.slice(0, limit);
	const last = page.at(-1);
	const isLast = last === undefined || rest.length <= limit;
	return {
		episodes: page,
		nextPageToken: isLast ? '' : Buffer.from(`${seal}${keyOf(last)}`).toString('base64url'),
		total: passed.length,
	};
}

/** @throws {ApiError} NOT_FOUND */
export function getEpisode(people: People, id: string): unknown {
	return bookOf(people).get(id) ?? unknown();
}

/** Takes an episode on, or a test alert. @throws {ApiError} */
export async function acknowledge(people: People, id: string, body: Body): Promise<unknown> {
	const by = nameIn(body, 'by');
	const reason = wordsIn(body, 'reason', 3, 500);
	const book = bookOf(people);
	if (book.get(id) === undefined) {
		return (await people.acknowledgeTest(id, by, reason)) ? {kind: 'test'} : unknown();
	}

	return {kind: 'episode', episode: await book.acknowledge(id, by, reason)};
}

/** @throws {ApiError} FAILED_PRECONDITION without a channel, RESOURCE_EXHAUSTED while one is on its way */
export async function testAlert(people: People, body: Body): Promise<unknown> {
	try {
		return {deliveries: (await people.testAlert(nameIn(body, 'by'))).map(answerOf)};
	} catch (error) {
		if (error instanceof DaemonError && error.code === 'ALERTS_ABSENT') {
			throw new ApiError('FAILED_PRECONDITION', error.code, error.message);
		}

		throw error instanceof DaemonError && error.code === 'ALERT_TEST_RUNS'
			? new ApiError('RESOURCE_EXHAUSTED', error.code, error.message)
			: error;
	}
}

/** What a call that writes was sent: names and texts, nothing believed yet. */
export type Body = Readonly<Record<string, unknown>>;

function bookOf({book}: People): EpisodeBook {
	const open = book();
	if (open === undefined) {
		throw new ApiError('UNAVAILABLE', 'NOT_WATCHING', 'The daemon does not watch yet; ask again in a moment');
	}

	return open;
}

function passes(
	{acknowledged, closedAt, container, control}: Episode,
	filter: {
		readonly state: string | undefined;
		readonly container: string | undefined;
		readonly control: string | undefined;
	},
): boolean {
	const state = closedAt !== undefined ? 'closed' : acknowledged !== undefined ? 'acknowledged' : 'open';
	const named = filter.container;
	const isNamed =
		named === undefined ||
		named === container.name ||
		(/^[0-9a-f]{12,64}$/.test(named) && container.id.startsWith(named));
	return (
		isNamed &&
		(filter.state === undefined || filter.state === state) &&
		(filter.control === undefined || filter.control === control)
	);
}

// Times are written alike, so their order is that of their texts.
function keyOf({openedAt, id}: Episode): string {
	return `${openedAt} ${id}`;
}

function keyIn(token: string, seal: string): string {
	const text = Buffer.from(token, 'base64url').toString();
	if (!text.startsWith(seal)) {
		throw new ApiError(
			'INVALID_ARGUMENT',
			'BAD_PAGE_TOKEN',
			'page_token was given for other filters; ask for the first page again, without it',
		);
	}

	return text.slice(seal.length);
}

function answerOf({channel, type, state, answer, providerId, at}: ChannelAnswer): unknown {
	return {channel, type, state, at, ...(answer && {answer}), ...(providerId && {providerId})};
}

function nameIn(body: Body, name: string): string {
	return wordsIn(body, name, 1, 100);
}

/** A person's words, which end up in a signed statement and on terminals. */
function wordsIn(body: Body, name: string, min: number, max: number): string {
	const value = Object.hasOwn(body, name) ? body[name] : undefined;
	const text = typeof value === 'string' ? value.trim() : '';
	const isPrintable = !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
	if (text.length < min || text.length > max || !isPrintable) {
		throw new ApiError(
			'INVALID_ARGUMENT',
			'BAD_PARAMETER',
			`${name} is a text of ${min} to ${max} printable characters on one line`,
		);
	}

	return text;
}

function unknown(): never {
	throw new ApiError(
		'NOT_FOUND',
		'NO_SUCH_EPISODE',
		'There is no episode of that id, and no test alert whose message had it',
	);
}
