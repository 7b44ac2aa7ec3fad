import type {Delivery, MessageDelivery, NoticeCounts, ToldMessage} from '../../proto/delivery.ts';
import type {Message} from './message.ts';

/** What was told and what was not, since it was last signed. */
export interface Ledger {
	/** A message goes to the channels now. */
	readonly told: (message: Message) => void;
	readonly delivered: (delivery: MessageDelivery) => void;
	readonly silenced: (episode: string, reason: string) => void;
	/** What is to be signed now; undefined when nothing happened. It is kept until `signed`. */
	readonly page: (now: Date, counts: NoticeCounts) => LedgerPage | undefined;
}

export interface LedgerPage {
	readonly predicate: Omit<Delivery, 'verifier'>;
	/** The log has it. What came in since stays. */
	readonly signed: () => void;
}

/** A statement stays far below what a log entry may be; what does not fit is counted. */
const LISTED = 200;
/** Ids of episodes, over all messages of a statement. */
const LISTED_EPISODES = 4000;
/** Messages whose size is remembered until they are delivered. */
const ON_THEIR_WAY = 2000;

export function openLedger(begin: Date): Ledger {
	let startedOn = begin;
	let messages: ToldMessage[] = [];
	let deliveries: MessageDelivery[] = [];
	/** Message → how many episodes it has. */
	const sizes = new Map<string, number>();
	let silenced: {readonly episode: string; readonly reason: string}[] = [];
	let unlisted = 0;
	let before: NoticeCounts = {taken: 0, told: 0, silenced: 0, below: 0, repeated: 0, dropped: 0};
	return {
		told: ({id, kind, at, episodes}) => {
			sizes.set(id, episodes.length);
			const [oldest] = sizes.size > ON_THEIR_WAY ? sizes.keys() : [];
			if (oldest !== undefined) {
				sizes.delete(oldest);
			}

			if (messages.length >= LISTED) {
				unlisted += 1;
				return;
			}

			const room = LISTED_EPISODES - messages.reduce((sum, message) => sum + message.episodes.length, 0);
			const ids = episodes.slice(0, room).map(episode => episode.id);
			messages.push({id, kind, at: at.toISOString(), episodes: ids, episodeCount: episodes.length});
		},
		delivered: ({episodes, ...delivery}) => {
			const isPart = sizes.get(delivery.message) !== delivery.episodeCount;
			if (deliveries.length < LISTED) {
				deliveries.push({...delivery, ...(isPart && episodes ? {episodes} : {})});
			} else {
				unlisted += 1;
			}
		},
		silenced: (episode, reason) => {
			if (silenced.length < LISTED) {
				silenced.push({episode, reason});
			}
		},
		page: (now, counts) => {
			const notices = difference(counts, before);
			if (
				messages.length === 0 &&
				deliveries.length === 0 &&
				Object.values(notices).every(count => count === 0)
			) {
				return undefined;
			}

			const predicate = {
				startedOn: startedOn.toISOString(),
				finishedOn: now.toISOString(),
				notices,
				messages: [...messages],
				deliveries: [...deliveries],
				unlisted,
				silenced: [...silenced],
			};
			const kept = {
				messages: messages.length,
				deliveries: deliveries.length,
				silenced: silenced.length,
				unlisted,
			};
			return {
				predicate,
				signed: () => {
					startedOn = now;
					before = counts;
					messages = messages.slice(kept.messages);
					deliveries = deliveries.slice(kept.deliveries);
					silenced = silenced.slice(kept.silenced);
					unlisted -= kept.unlisted;
				},
			};
		},
	};
}

function difference(now: NoticeCounts, before: NoticeCounts): NoticeCounts {
	return {
		taken: now.taken - before.taken,
		told: now.told - before.told,
		silenced: now.silenced - before.silenced,
		below: now.below - before.below,
		repeated: now.repeated - before.repeated,
		dropped: now.dropped - before.dropped,
	};
}
