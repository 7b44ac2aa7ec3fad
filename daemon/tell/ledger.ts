import type {Delivery, MessageDelivery, NoticeCounts} from '../../proto/delivery.ts';

/** What was told and what was not, since it was last signed. */
export interface Ledger {
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

export function openLedger(begin: Date): Ledger {
	let startedOn = begin;
	let deliveries: MessageDelivery[] = [];
	let silenced: {readonly episode: string; readonly reason: string}[] = [];
	let unlisted = 0;
	let before: NoticeCounts = {taken: 0, told: 0, silenced: 0, below: 0, repeated: 0, dropped: 0};
	return {
		delivered: delivery => {
			if (deliveries.length < LISTED) {
				deliveries.push(delivery);
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
			if (deliveries.length === 0 && Object.values(notices).every(count => count === 0)) {
				return undefined;
			}

			const predicate = {
				startedOn: startedOn.toISOString(),
				finishedOn: now.toISOString(),
				notices,
				deliveries: [...deliveries],
				unlisted,
				silenced: [...silenced],
			};
			const kept = {deliveries: deliveries.length, silenced: silenced.length, unlisted};
			return {
				predicate,
				signed: () => {
					startedOn = now;
					before = counts;
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
