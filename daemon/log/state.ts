import {type LogSigner, signCheckpoint} from '../../proto/checkpoint.ts';
import {emptyRoot} from '../../proto/merkle.ts';
import type {StoredCheckpoint} from '../store/store.ts';
import {Broken, type Checked, check} from './check.ts';
import type {Integrity, LogOptions} from './log.ts';
import type {Mark} from './mark.ts';
import {emptyChain, sealBytes} from './seal.ts';
import {emptyTree, rootOf, type Tree} from './tree.ts';

/** What the log knows between two commits. The writer replaces it as a whole; readers take what is there. */
export interface State {
	readonly since: Date;
	/** The tree that was last signed and durably stored. */
	head(): Head;
	integrity(): Integrity;
	/** True when another process is what keeps the log from writing: that may end. */
	isLocked(): boolean;
	advance(head: Head): void;
	/** Writing is over until a person has looked. The first reason stays. */
	condemn(reason: string): void;
	setLocked(reason: string | undefined): void;
	/**
	 * Runs the self-check on the whole store, and goes on from what it finds.
	 * @param rest how much of the time it leaves to others, 0 to 1
	 */
	recheck(rest?: number): Promise<void>;
}

export interface Head {
	readonly tree: Tree;
	readonly chain: Uint8Array;
	readonly checkpoint: StoredCheckpoint;
}

const lockedReason = 'Another process holds the log; only one daemon may write it. Stop the other one';

/** Takes the write lock and checks the store. Never throws for what it finds: that is the log's integrity. */
export async function openState(options: LogOptions): Promise<State> {
	const {store, logKey, origin, now = () => new Date()} = options;
	const empty = signedHead({tree: emptyTree, chain: emptyChain}, logKey, origin);
	let head = empty;
	let broken: string | undefined;
	let locked: string | undefined;

	const condemn = (reason: string): void => {
		broken ??= reason;
	};
	const recheck = async (rest = 0, mark?: Mark): Promise<void> => {
		try {
			const damage = await store.damage(mark === undefined ? 'whole' : 'shape');
			if (damage !== undefined) {
				throw new Broken(damage);
			}

			const checked = await check({...options, publicKey: logKey.publicKey, mark, rest});
			if (checked.tree.size >= head.tree.size) {
				head = headOf(checked, empty);
			}
		} catch (error) {
			// A store that can't be read is as broken as one that reads wrong; the reason tells them apart.
			condemn(error instanceof Error ? error.message : String(error));
		}
	};

	locked = (await hasLock(store.lock)) ? undefined : lockedReason;
	const since = await begun(options, now);
	await recheck(0, await options.marks?.read());
	if (broken !== undefined) {
		head = await lastSigned(options, head);
	}

	return {
		since,
		head: () => head,
		integrity: () => {
			const reason = broken ?? locked;
			return reason === undefined ? {state: 'ok'} : {state: 'broken', reason};
		},
		isLocked: () => broken === undefined && locked !== undefined,
		advance: next => {
			head = next;
		},
		condemn,
		setLocked: reason => {
			locked = reason;
		},
		recheck: rest => recheck(rest),
	};
}

/** Signs the head of a tree: its checkpoint, and the seal over what the tree does not hold. */
export function signedHead(
	{tree, chain}: Pick<Head, 'tree' | 'chain'>,
	logKey: LogSigner,
	origin: string,
): Head {
	const {size} = tree;
	const rootHash = size === 0 ? emptyRoot() : rootOf(tree);
	const note = signCheckpoint({origin, size, rootHash}, logKey);
	const seal = logKey.sign(sealBytes(origin, size, chain));
	return {tree, chain, checkpoint: {size, rootHash, note, seal}};
}

function headOf({tree, chain, checkpoint}: Checked, empty: Head): Head {
	return checkpoint === undefined ? empty : {tree, chain, checkpoint};
}

async function hasLock(lock: () => Promise<boolean>): Promise<boolean> {
	try {
		return await lock();
	} catch {
		// A damaged store has no lock to take; the check that follows says what is wrong with it.
		return true;
	}
}

async function begun({store}: LogOptions, now: () => Date): Promise<Date> {
	// A minute early: a promise made in the first second must not be older than the key by a clock's rounding.
	const proposed = new Date(Math.floor(now().getTime() / 1000 - 60) * 1000);
	try {
		const stored = new Date(await store.remember('since', proposed.toISOString()));
		return Number.isNaN(stored.getTime()) ? proposed : stored;
	} catch {
		return proposed;
	}
}

// A broken log still says what was signed last, as far as that can be read.
async function lastSigned({store}: LogOptions, head: Head): Promise<Head> {
	try {
		const {checkpoint} = await store.head();
		return checkpoint === undefined ? head : {...head, checkpoint};
	} catch {
		return head;
	}
}
