import {setTimeout as sleep} from 'node:timers/promises';
import type {DeliveryState, MessageDelivery} from '../../proto/delivery.ts';
import {reasonOf} from '../error.ts';
import {type Receipt, TellError} from './channel.ts';
import type {NamedChannel} from './config.ts';
import type {Message} from './message.ts';
import {plain} from './plain.ts';

/** What waits for one channel, told in order. */
export interface Outbox {
	readonly put: (message: Message) => void;
	/** Settles when nothing waits any more. From now on what fails is not tried again. */
	readonly drain: (signal: AbortSignal) => Promise<void>;
}

export interface OutboxParts {
	readonly to: NamedChannel;
	/** How long a message is tried. */
	readonly deadlineMs: number;
	/** Before the second attempt; twice as long before each that follows. */
	readonly firstPauseMs?: number;
	/** Hears of each message, once. */
	readonly settle: (delivery: MessageDelivery) => void;
}

/** Messages that wait for one channel. They are grouped, so this is many. */
const MOST = 256;
const LONGEST_PAUSE_MS = 60_000;
/** Ids of episodes in a delivery; the others are counted. */
const LISTED = 50;

export function openOutbox({to, deadlineMs, settle, firstPauseMs = 1000}: OutboxParts): Outbox {
	const waiting: {readonly message: Message; readonly since: number}[] = [];
	/** Aborted when nothing more is tried twice. */
	const last = new AbortController();
	const stop = new AbortController();
	let working: Promise<void> | undefined;

	async function work(): Promise<void> {
		for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
			settle(await deliver(next.message, next.since));
			waiting.shift();
		}

		working = undefined;
	}

	async function deliver(message: Message, since: number): Promise<MessageDelivery> {
		for (let attempts = 1; ; attempts += 1) {
			const outcome = await attempt(to, message, stop.signal);
			const pauseMs = pauseAfter(outcome, attempts, firstPauseMs);
			if (pauseMs === undefined || isOver(since, pauseMs)) {
				return deliveryOf(to, message, {...outcomeOf(outcome), attempts});
			}

			await sleep(pauseMs, undefined, {signal: last.signal, ref: false}).catch(() => undefined);
		}
	}

	function isOver(since: number, pauseMs: number): boolean {
		return last.signal.aborted || performance.now() - since + pauseMs > deadlineMs;
	}

	return {
		put: message => {
			if (waiting.length >= MOST) {
				const answer = `more than ${MOST} messages wait for this channel`;
				settle(deliveryOf(to, message, {state: 'dropped', answer, attempts: 0}));
				return;
			}

			waiting.push({message, since: performance.now()});
			working ??= work();
		},
		drain: async signal => {
			last.abort();
			const end = (): void => stop.abort();
			signal.addEventListener('abort', end, {once: true});
			if (signal.aborted) {
				end();
			}

			await working;
			signal.removeEventListener('abort', end);
		},
	};
}

/** One try. A channel that throws anything else has a defect, and the same message would meet it again. */
export async function attempt(
	{channel}: NamedChannel,
	message: Message,
	signal: AbortSignal,
): Promise<Receipt | TellError> {
	if (signal.aborted) {
		return new TellError('the daemon stopped');
	}

	try {
		return await channel.send(message, signal);
	} catch (error) {
		return error instanceof TellError
			? error
			: new TellError(plain(reasonOf(error)), {isFinal: true, cause: error});
	}
}

/** What is written down of a message at a channel. */
export function deliveryOf(
	{name, type}: NamedChannel,
	{id, kind, episodes}: Message,
	outcome: {
		readonly state: DeliveryState;
		readonly providerId?: string;
		readonly answer?: string;
		readonly attempts: number;
	},
): MessageDelivery {
	return {
		message: id,
		kind,
		channel: name,
		type,
		...outcome,
		at: new Date().toISOString(),
		episodes: episodes.slice(0, LISTED).map(episode => episode.id),
		episodeCount: episodes.length,
	};
}

/** Twice as long each time, and never the same for two daemons that lost the same receiver. Undefined when it is settled. */
function pauseAfter(outcome: Receipt | TellError, attempts: number, firstMs: number): number | undefined {
	if (!(outcome instanceof TellError) || outcome.isFinal) {
		return undefined;
	}

	const most = Math.min(firstMs * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
	return outcome.retryAfterMs ?? most * (0.5 + Math.random() / 2);
}

/** What is written down of what a channel said. */
export function outcomeOf(outcome: Receipt | TellError): {
	readonly state: DeliveryState;
	readonly providerId?: string;
	readonly answer?: string;
} {
	return outcome instanceof TellError
		? {state: outcome.isFinal ? 'refused' : 'expired', answer: outcome.message}
		: outcome;
}
