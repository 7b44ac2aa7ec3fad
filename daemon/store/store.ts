/** What a list may be narrowed to. Absent means any; present ones are joined by "and". */
export interface Filter {
	/** A container's id, its first 12 or more hex digits, or its name. */
	readonly container?: string;
	/** `sha256:…` of any subject, or the image's name exactly as the target had it. */
	readonly image?: string;
	/** Entries that judged this control, and with `result` ended it so. */
	readonly control?: string;
	readonly result?: string;
	readonly verdict?: string;
	readonly predicateType?: string;
	/** Integrated at or after, and before: whole seconds since 1970. */
	readonly since?: number;
	readonly until?: number;
}

/** The narrow part of an entry, which lists are made of. */
export interface SummaryRow {
	readonly position: number;
	readonly id: string;
	/** Whole seconds since 1970. */
	readonly integratedTime: number;
	readonly predicateType: string;
	readonly container?: string;
	readonly name?: string;
	readonly image?: string;
	readonly verdict?: string;
	/** JSON text. */
	readonly counts?: string;
}

/** The signed part of an entry: the leaf's bytes, the log's promise about it, and the envelope. */
export interface Content {
	readonly body: Uint8Array;
	readonly promise: Uint8Array;
	readonly envelope: Uint8Array;
}

export type Row = SummaryRow & Content;

export interface NewRow extends Row {
	/** sha256 digests of the subjects, hex, each once. */
	readonly subjects: readonly string[];
	readonly checks: readonly {readonly control: string; readonly result: string}[];
}

export interface StoredNode {
	readonly level: number;
	readonly index: number;
	readonly hash: Uint8Array;
}

export interface StoredCheckpoint {
	readonly size: number;
	readonly rootHash: Uint8Array;
	readonly note: string;
	/** The log key's signature over what the tree does not hold: ids, times and promises of all rows so far. */
	readonly seal: Uint8Array;
}

/** One group commit: consecutive rows, the tree's new nodes, and the checkpoint that covers them. */
export interface Batch {
	readonly first: number;
	readonly rows: readonly NewRow[];
	readonly nodes: readonly StoredNode[];
	readonly checkpoint: StoredCheckpoint;
}

export interface Page {
	readonly filter: Filter;
	/** Only positions below it: the tree size that the whole listing speaks of. */
	readonly size: number;
	readonly order: 'newest' | 'oldest';
	/** Where the page before ended. */
	readonly after?: number;
	readonly limit: number;
}

/** Sums over an index's rows. Two indexes with the same tallies hold the same rows, unless somebody made an effort. */
export type Tallies = ReadonlyMap<string, string>;

/**
 * Where entries lie. Append only: no method changes or removes what was stored.
 * Every method rejects with a StoreError and nothing else.
 */
export interface Store {
	/** Takes the right to write until `close`. False when another process has it; calling it again asks again. */
	lock(): Promise<boolean>;
	/**
	 * Resolves only once the whole batch would survive a power cut; a rejected batch MUST leave nothing behind.
	 * MUST reject with STORE_CONFLICT unless `first` is the number of rows stored.
	 */
	append(batch: Batch): Promise<void>;
	/** A name → value pair that is written once and stays: the given value, or the one that was there before. */
	remember(name: string, value: string): Promise<string>;
	/** Number of rows, and the newest checkpoint. */
	head(): Promise<{readonly size: number; readonly checkpoint?: StoredCheckpoint}>;
	/** The checkpoint of a tree of that size, if one was signed. */
	checkpointAt(size: number): Promise<StoredCheckpoint | undefined>;
	/** Hashes in the order asked for. Rejects with STORE_CORRUPT when one is missing. */
	nodes(wanted: readonly {readonly level: number; readonly index: number}[]): Promise<readonly Uint8Array[]>;
	/** All stored nodes of a level from one index up to but without another, in order. */
	nodesBetween(level: number, from: number, to: number): Promise<readonly StoredNode[]>;
	row(position: number): Promise<Row | undefined>;
	positionOf(id: string): Promise<number | undefined>;
	/** Rows from a position on, in order: for the self-check. */
	rowsFrom(position: number, limit: number): Promise<readonly Row[]>;
	list(page: Page): Promise<readonly SummaryRow[]>;
	count(filter: Filter, size: number): Promise<number>;
	/** Tallies of the subject and check indexes below a tree size, made in the way of `tally`. */
	tallies(size: number): Promise<Tallies>;
	/**
	 * What is wrong with the store's own structure, as a sentence, or undefined.
	 * @param depth `shape` looks at tables and triggers alone, `whole` has the store look through all that it holds
	 */
	damage(depth: 'shape' | 'whole'): Promise<string | undefined>;
	close(): Promise<void>;
}

/** Sums up rows as a store sums up its indexes; holds one line per key, however many rows go in. */
export interface Tally {
	add(row: Pick<NewRow, 'position' | 'subjects' | 'checks'>): void;
	sums(): Tallies;
}

export function tally(): Tally {
	const sums = new Map<string, [number, number, number]>();
	const add = (key: string, position: number): void => {
		const [count, sum, mixed] = sums.get(key) ?? [0, 0, 0];
		sums.set(key, [count + 1, sum + position, mixed + ((position * MIX) % MODULUS)]);
	};
	return {
		add: ({position, subjects, checks}) => {
			for (const digest of subjects) {
				add(`subject ${digest}`, position);
			}

			for (const {control, result} of checks) {
				add(`check ${control} ${result}`, position);
			}
		},
		sums: () => new Map([...sums].map(([key, sum]) => [key, sum.join(' ')])),
	};
}

// Any mixing serves; these keep every product and sum exact in a double.
export const MIX = 40_503;
export const MODULUS = 65_521;
