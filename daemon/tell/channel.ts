import type {DeliveryState} from '../../proto/delivery.ts';
import type {Episode} from '../episode.ts';
import type {Message} from './message.ts';

/** Somewhere to tell people. */
export interface Channel {
	/** For people, without anything secret: scheme, host and port. */
	readonly target: string;
	/**
	 * Tells one message, once. MUST stop when the signal says so.
	 * @throws {TellError} why it was not taken, and whether it may be tried again
	 */
	readonly send: (message: Message, signal: AbortSignal) => Promise<Receipt>;
	/** For receivers that forget what is not said again: says which episodes are still open. */
	readonly keep?: (open: readonly Episode[], signal: AbortSignal) => Promise<void>;
}

/** What the receiver said. */
export interface Receipt {
	readonly state: Extract<DeliveryState, 'accepted' | 'sent'>;
	readonly providerId?: string;
	readonly answer?: string;
}

/** Which notices a channel wants. */
export interface Minimum {
	readonly level: 'warn' | 'error';
	readonly severity: Episode['severity'];
}

/** A message that was not taken. The message says why, without anything secret. */
export class TellError extends Error {
	override readonly name = 'TellError';
	/** The same message would be refused again. */
	readonly isFinal: boolean;
	/** What the receiver asked for. */
	readonly retryAfterMs: number | undefined;

	constructor(
		message: string,
		{
			isFinal = false,
			retryAfterMs,
			...options
		}: ErrorOptions & {isFinal?: boolean; retryAfterMs?: number} = {},
	) {
		super(message, options);
		this.isFinal = isFinal;
		this.retryAfterMs = retryAfterMs;
	}
}
