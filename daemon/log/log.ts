import type {KeyObject} from 'node:crypto';
import type {Bundle} from '../../proto/bundle.ts';
import {isOrigin, type LogSigner} from '../../proto/checkpoint.ts';
import type {Envelope} from '../../proto/envelope.ts';
import type {Counts, VerdictWord} from '../../proto/statement.ts';
import type {Filter, Store} from '../store/store.ts';
import type {Anchor} from './anchor.ts';
import {LogError} from './error.ts';
import type {Marks} from './mark.ts';
import {logReads} from './reads.ts';
import {openState} from './state.ts';
import {logWriter} from './writer.ts';

/** Where an entry lies. `position` counts from 0 without gaps; `id` is a ULID, so ids sort by time. */
export interface Position {
	readonly id: string;
	readonly position: number;
	/** The log's own clock, in whole seconds: our word, not a third party's. */
	readonly integratedAt: Date;
}

/** What lists show of an entry. Everything below `predicateType` is read out of the signed statement. */
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

export interface Proof {
	readonly hashes: readonly Uint8Array[];
	/** The tree that was proved, and its root as computed from the stored nodes. */
	readonly size: number;
	readonly rootHash: Uint8Array;
}

export interface InclusionProof extends Proof {
	readonly position: number;
	readonly leafHash: Uint8Array;
}

export interface ConsistencyProof extends Proof {
	readonly first: number;
	readonly firstRootHash: Uint8Array;
}

export interface Query {
	readonly filter: Filter;
	readonly order: 'newest' | 'oldest';
	readonly limit: number;
	/** Of a further page: the last position of the page before, and the size and total of the first page. */
	readonly resume?: {readonly after: number; readonly size: number; readonly total: number};
}

/** A page. `total` counts all entries below `size` that the filter lets pass: a list can be checked for completeness. */
export interface Listing {
	readonly entries: readonly Summary[];
	readonly size: number;
	readonly total: number;
	/** Position to go on after; absent on the last page. */
	readonly next?: number;
	readonly checkpoint: Checkpoint;
	readonly integrity: Integrity;
}

/** The half that anybody may use. Reads go on when the log is broken; what can't be read is LOG_BROKEN. */
export interface LogReads {
	list(query: Query): Promise<Listing>;
	/** @throws {LogError} LOG_NO_ENTRY */
	get(id: string): Promise<Entry>;
	/** Sigstore bundle with a proof in the newest signed tree. @throws {LogError} LOG_NO_ENTRY */
	bundle(id: string): Promise<Bundle>;
	/** In the tree of `size`, by default the newest. @throws {LogError} LOG_BAD_RANGE */
	inclusion(position: number, size?: number): Promise<InclusionProof>;
	/** From the tree of `first` to that of `second`, by default the newest. @throws {LogError} LOG_BAD_RANGE */
	consistency(first: number, second?: number): Promise<ConsistencyProof>;
	checkpoint(): Checkpoint;
	integrity(): Integrity;
}

/**
 * The append-only log. One process writes; anybody may read. The envelope is all that is handed in: what the index says
 * about an entry is derived here from the signed bytes, so that a list can't say anything else than the signature.
 */
export interface Log extends LogReads {
	readonly origin: string;
	readonly publicKey: KeyObject;
	/** When the log was begun: its key's promises are not older. */
	readonly since: Date;
	/** Public keys whose envelopes are taken. */
	readonly attestors: readonly KeyObject[];
	/**
	 * Resolves only once the entry would survive a power cut and a signed checkpoint covers it.
	 * @throws {LogError} LOG_OVERLOADED, LOG_BROKEN, LOG_LOCKED, LOG_STORE_FAILED, LOG_CLOSED, LOG_REFUSED_ENVELOPE
	 */
	append(envelope: Envelope): Promise<Position>;
	/**
	 * Runs the whole self-check, now.
	 * @param rest how much of the time it leaves to others, 0 to 1
	 */
	check(rest?: number): Promise<Integrity>;
	/** Waits for what was taken, writes the anchor, closes the store. Appends after it are LOG_CLOSED. */
	close(): Promise<void>;
}

export interface LogOptions {
	readonly store: Store;
	/** ECDSA P-256; not the attestation key. */
	readonly logKey: LogSigner;
	/** The log's name for ever: a URL without scheme, such as `sallyport.dev/log/<host uuid>`. */
	readonly origin: string;
	readonly attestors: readonly KeyObject[];
	readonly now?: () => Date;
	/** Absent: a store that was put back to an older state goes unnoticed. */
	readonly anchor?: Anchor;
	/** Absent: every start checks the whole log. With it a start checks what came since, and `check` all of it. */
	readonly marks?: Marks;
	/** Group commit: flush at so many entries (32), or after so long (4 ms). */
	readonly maxBatch?: number;
	readonly maxDelayMs?: number;
	/** Appends that may wait (1024); one more is LOG_OVERLOADED. */
	readonly maxQueue?: number;
	/** How long an append waits for another process to drop the store's lock (5 s). */
	readonly lockTimeoutMs?: number;
}

/**
 * Opens the log and checks it: all of it, or what came since it was last found whole. A log that fails the check is opened none the less, for reading, and says so.
 * @throws {LogError} LOG_BAD_ORIGIN, LOG_BAD_KEY
 */
export async function openLog(options: LogOptions): Promise<Log> {
	const {origin, logKey, attestors} = options;
	if (!isOrigin(origin)) {
		throw new LogError(
			'LOG_BAD_ORIGIN',
			`${JSON.stringify(origin)} can't name a log: write host/path, without a scheme, spaces or plus signs`,
		);
	}

	if (logKey.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
		throw new LogError('LOG_BAD_KEY', "The log's key is not ECDSA P-256, the only kind that cosign takes");
	}

	const state = await openState(options);
	const writer = logWriter(options, state);
	return {
		...logReads(options, state),
		origin,
		publicKey: logKey.publicKey,
		since: state.since,
		attestors,
		append: writer.append,
		check: writer.check,
		close: writer.close,
	};
}
