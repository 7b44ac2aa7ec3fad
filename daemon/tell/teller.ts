import type {AlertTest, Delivery, MessageDelivery, NoticeCounts} from '../../proto/delivery.ts';
import {digestOf} from '../../proto/digest.ts';
import type {Episode} from '../episode.ts';
import {DaemonError, reasonOf} from '../error.ts';
import type {Report} from '../event-codes.ts';
import type {Minimum} from './channel.ts';
import type {AlertSettings, NamedChannel} from './config.ts';
import {openDesk} from './desk.ts';
import {openLedger} from './ledger.ts';
import {type Message, weights} from './message.ts';
import type {Teller} from './notice.ts';
import {attempt, deliveryOf, openOutbox, outcomeOf} from './outbox.ts';
import {plain} from './plain.ts';

/** What telling needs. */
export interface TellerParts {
	readonly settings: AlertSettings;
	/** Writes into the log what was told. @throws when the log does not take it */
	readonly signDelivery: (predicate: Omit<Delivery, 'verifier'>) => Promise<void>;
	readonly signTest: (predicate: Omit<AlertTest, 'verifier'>) => Promise<void>;
	readonly report: Report;
	/** Episodes that are open, whoever told of them: those from before are not told again, and not forgotten. */
	readonly episodes?: () => readonly Episode[];
	readonly newId: (now: Date) => string;
	/** Between two statements about deliveries, between two looks at what waits, and between two of `Channel.keep`. */
	readonly recordMs?: number;
	readonly tickMs?: number;
	readonly keepMs?: number;
}

/** A teller that can be tried on purpose. */
export interface Telling extends Teller {
	/**
	 * Sends a test through every channel and writes down what each said.
	 * @throws {DaemonError} `ALERTS_ABSENT` without a channel, `ALERT_TEST_RUNS`; and what the log says when it takes nothing
	 */
	readonly test: (by: string, signal: AbortSignal) => Promise<readonly MessageDelivery[]>;
	readonly counts: () => NoticeCounts;
	/** How many notices wait. */
	readonly waiting: () => number;
	readonly channels: readonly string[];
}

/** Whoever asks for a test waits for it; the command gives up after 15 seconds. */
const TEST_MS = 12_000;

export function startTeller(parts: TellerParts): Telling {
	const {settings, report, newId, recordMs = 60_000, tickMs = 1000, keepMs = 60_000} = parts;
	const {channels, silences, pacing, deadlineMs, instance} = settings;
	const begun = new Date().toISOString();
	const ledger = openLedger(new Date());
	const isWanted = (episode: Episode): boolean => channels.some(({minimum}) => reaches(minimum, episode));
	const desk = openDesk({pacing, silences, isWanted, newId});
	const outboxes = channels.map(to => ({to, outbox: openOutbox({to, deadlineMs, settle})}));
	const stop = new AbortController();
	let signing: Promise<void> = Promise.resolve();
	let isKeeping = false;
	let testing = false;
	let saidDropped = false;

	function settle(delivery: MessageDelivery): void {
		ledger.delivered(delivery);
		const {channel, type, state, kind, answer, attempts, episodeCount} = delivery;
		const isTold = state === 'accepted' || state === 'sent';
		report(isTold ? 'ALERT_TOLD' : 'ALERT_NOT_TOLD', {
			channel,
			type,
			state,
			kind,
			answer,
			attempts,
			episodeCount,
		});
	}

	function send(message: Message): void {
		ledger.told(message);
		for (const {to, outbox} of outboxes) {
			const episodes = message.episodes.filter(episode => reaches(to.minimum, episode));
			if (message.episodes.length === 0 || episodes.length > 0) {
				outbox.put({...message, episodes});
			}
		}
	}

	function sendDue(all = false): void {
		for (const message of desk.due(new Date(), all)) {
			send(message);
		}
	}

	/** One after the other, and what the log did not take stays for the next time. */
	function sign(): Promise<void> {
		signing = signing.then(async () => {
			const page = ledger.page(new Date(), desk.counts());
			// Where nobody is to be told there is nothing to show: what fails is in the log all the same.
			if (page === undefined || channels.length === 0) {
				return;
			}

			try {
				await parts.signDelivery(page.predicate);
				page.signed();
				saidDropped = false;
			} catch (error) {
				report('RECORD_FAILED', {reason: reasonOf(error)});
			}
		});
		return signing;
	}

	/** One at a time: a receiver that takes long must not be asked by two. */
	async function keepOnce(): Promise<void> {
		if (isKeeping) {
			return;
		}

		isKeeping = true;
		await keep();
		isKeeping = false;
	}

	async function keep(): Promise<void> {
		const before = parts
			.episodes?.()
			.filter(({openedAt, closedAt}) => closedAt === undefined && openedAt < begun);
		desk.recall(before ?? [], new Date());
		const open = desk.open();
		for (const {name, minimum, channel} of channels) {
			const wanted = open.filter(episode => reaches(minimum, episode));
			if (wanted.length > 0) {
				await channel.keep?.(wanted, stop.signal).catch((error: unknown) => {
					report('ALERT_NOT_KEPT', {channel: name, reason: plain(reasonOf(error))});
				});
			}
		}
	}

	async function test(by: string, outer: AbortSignal): Promise<readonly MessageDelivery[]> {
		const at = new Date();
		const sentences = [`${plain(by, 100)} sent this from ${instance} to see that it arrives.`];
		const id = newId(at);
		const how = `Whoever reads it: sallyport daemon acknowledge ${id} --by NAME --reason TEXT`;
		const message: Message = {id, kind: 'test', at, episodes: [], sentences: [...sentences, how]};
		const signal = AbortSignal.any([outer, stop.signal, AbortSignal.timeout(TEST_MS)]);
		const deliveries = await Promise.all(channels.map(to => tryOnce(to, message, signal)));
		const digest = {sha256: digestOf(id).slice('sha256:'.length)};
		// The id stands in the message alone: whoever knows it has seen the message.
		const written = deliveries.map(({message: _, episodes, episodeCount, ...rest}) => rest);
		await parts.signTest({test: digest, by, at: at.toISOString(), deliveries: written});
		return deliveries;
	}

	async function testOnce(by: string, signal: AbortSignal): Promise<readonly MessageDelivery[]> {
		if (channels.length === 0) {
			throw new DaemonError(
				'ALERTS_ABSENT',
				'No channel is configured, so there is nobody to tell: add alerts.channels',
			);
		}

		if (testing) {
			throw new DaemonError('ALERT_TEST_RUNS', 'A test alert is on its way already; wait for its end');
		}

		testing = true;
		try {
			return await test(by, signal);
		} finally {
			testing = false;
		}
	}

	const timers = [
		setInterval(sendDue, tickMs),
		setInterval(() => void sign(), recordMs),
		setInterval(() => void keepOnce(), keepMs),
	];
	for (const timer of timers) {
		timer.unref();
	}

	return {
		tell: notice => {
			if (notice.kind === 'test') {
				testOnce(notice.by, stop.signal).catch((error: unknown) => {
					report('ALERT_NOT_TOLD', {kind: 'test', answer: reasonOf(error)});
				});
				return;
			}

			const fate = desk.take(notice, new Date());
			if (fate.is === 'silenced' && 'episode' in notice) {
				ledger.silenced(notice.episode.id, fate.reason);
			}

			if (fate.is === 'dropped' && !saidDropped) {
				saidDropped = true;
				report('ALERT_DROPPED', {waiting: desk.waiting()});
			}
		},
		drain: async signal => {
			for (const timer of timers) {
				clearInterval(timer);
			}

			sendDue(true);
			await Promise.all(outboxes.map(({outbox}) => outbox.drain(signal)));
			stop.abort();
			await sign();
		},
		test: testOnce,
		counts: () => desk.counts(),
		waiting: () => desk.waiting(),
		channels: channels.map(({name}) => name),
	};
}

async function tryOnce(to: NamedChannel, message: Message, signal: AbortSignal): Promise<MessageDelivery> {
	return deliveryOf(to, message, {...outcomeOf(await attempt(to, message, signal)), attempts: 1});
}

/** Only warnings and errors are told to people. */
function reaches({level, severity}: Minimum, episode: Episode): boolean {
	return (
		(episode.level === 'error' || (episode.level === 'warn' && level === 'warn')) &&
		weights[episode.severity] >= weights[severity]
	);
}
