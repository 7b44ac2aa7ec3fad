import type {DigestSet, Verifier} from './statement.ts';

/** How a message fared at one channel. Only `accepted` was confirmed by whoever received it. */
export type DeliveryState =
	/** The receiver said so. */
	| 'accepted'
	/** It was sent by a protocol in which nobody answers, such as syslog. */
	| 'sent'
	/** The receiver said no, for good. */
	| 'refused'
	/** It was tried until its time was over, or until the daemon stopped. */
	| 'expired'
	/** More messages waited than the queue holds. */
	| 'dropped';

/** One message at one channel. Never a URL, a token or a body. */
export interface MessageDelivery {
	readonly message: string;
	readonly kind: string;
	/** The channel's name in the configuration, and what it speaks. */
	readonly channel: string;
	readonly type: string;
	readonly state: DeliveryState;
	/** By which the receiver knows it, if it said so. */
	readonly providerId?: string;
	/** What it said, redacted and short. */
	readonly answer?: string;
	/** RFC 3339, when it was settled. */
	readonly at: string;
	readonly attempts: number;
	readonly episodeCount: number;
	/** Where the channel was told of a part of the message's episodes: their ids, the first ones. */
	readonly episodes?: readonly string[];
}

/** What was told, whoever it was told to. */
export interface ToldMessage {
	readonly id: string;
	readonly kind: string;
	/** RFC 3339. */
	readonly at: string;
	/** Ids of the episodes that it told of, the first ones; `episodeCount` is all of them. */
	readonly episodes: readonly string[];
	readonly episodeCount: number;
}

/** What became of notices. Each that was taken is in one of the others, or still waits. */
export interface NoticeCounts {
	readonly taken: number;
	/** Handed to at least one channel. */
	readonly told: number;
	/** Covered by a silence of the configuration. */
	readonly silenced: number;
	/** Below what every channel asks for, or nobody is to be told. */
	readonly below: number;
	/** Told before. */
	readonly repeated: number;
	/** More waited than are kept. */
	readonly dropped: number;
}

/** Predicate of `predicateTypes.delivery`: who was told what, and what was told to nobody, in one stretch of time. */
export interface Delivery {
	readonly verifier: Verifier;
	readonly startedOn: string;
	readonly finishedOn: string;
	readonly notices: NoticeCounts;
	/** Messages that began to be told; what became of one may stand in a later statement. */
	readonly messages: readonly ToldMessage[];
	readonly deliveries: readonly MessageDelivery[];
	/** Messages and deliveries that did not fit. */
	readonly unlisted: number;
	readonly silenced: readonly {readonly episode: string; readonly reason: string}[];
}

/** Predicate of `predicateTypes.alertTest`: an alert made on purpose, and later the person who saw it arrive. */
export interface AlertTest {
	readonly verifier: Verifier;
	/** Of the message's id. The id itself stands in the message alone: whoever knows it has seen the message. */
	readonly test: DigestSet;
	readonly by: string;
	readonly at: string;
	readonly deliveries: readonly Omit<MessageDelivery, 'message' | 'episodes' | 'episodeCount'>[];
	readonly acknowledged?: {readonly at: string; readonly by: string; readonly reason: string};
}
