import type {KeyObject} from 'node:crypto';
import type {Envelope} from '../../proto/envelope.ts';
import type {Counts, VerdictWord} from '../../proto/statement.ts';

/** Where an entry lies. `position` counts from 0 without gaps; `id` is a ULID, so ids sort by time. */
export interface Position {
	readonly id: string;
	readonly position: number;
	/** The log's own clock, in whole seconds: our word, not a third party's. */
	readonly integratedAt: Date;
}

/** What lists show of an entry. Everything below `position` is read out of the signed statement. */
export interface Summary extends Position {
	readonly predicateType: string;
	/** 64 hex digits. */
	readonly container?: string;
	readonly name?: string;
	readonly image?: string;
	readonly verdict?: VerdictWord;
	readonly counts?: Counts;
}

export interface Entry extends Summary {
	readonly envelope: Envelope;
}

/** `broken` comes with the reason, a sentence for a person. */
export type Integrity = {readonly state: 'ok'} | {readonly state: 'broken'; readonly reason: string};

/** The log's tree as it was last signed. */
export interface Checkpoint {
	readonly size: number;
	readonly rootHash: Uint8Array;
	/** C2SP signed note with the log's P-256 line. */
	readonly note: string;
}

/**
 * The append-only log. One process writes; anybody may read. The envelope is all that is handed in: what the index says
 * about an entry is derived here from the signed bytes, so that a list can't say anything else than the signature.
 */
export interface Log {
	readonly origin: string;
	readonly publicKey: KeyObject;
	/**
	 * Resolves only once the entry would survive a power cut and a signed checkpoint covers it.
	 * @throws {LogError} LOG_OVERLOADED, LOG_BROKEN, LOG_LOCKED, LOG_STORE_FAILED, LOG_CLOSED, LOG_REFUSED_ENVELOPE
	 */
	append(envelope: Envelope): Promise<Position>;
	integrity(): Integrity;
	/** Waits for what was taken, writes the anchor, closes the store. Appends after it are LOG_CLOSED. */
	close(): Promise<void>;
}
