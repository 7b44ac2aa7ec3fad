import {setTimeout as sleep} from 'node:timers/promises';
import {promiseBytes} from '../../proto/entry.ts';
import {leafHash} from '../../proto/merkle.ts';
import {StoreError} from '../store/error.ts';
import type {Batch, NewRow} from '../store/store.ts';
import type {Admitted} from './admit.ts';
import {LogError} from './error.ts';
import type {LogOptions, Position} from './log.ts';
import {chainOf} from './seal.ts';
import {type Head, type State, signedHead} from './state.ts';
import {appendLeaf, type NewNode} from './tree.ts';
import {ulids} from './ulid.ts';

/**
 * Turns admitted envelopes into one durable batch: positions, promises, tree, checkpoint, commit. The state moves on only
 * after the store has answered.
 * @throws {LogError} LOG_BROKEN, LOG_LOCKED, LOG_STORE_FAILED
 */
export function committer(
	options: LogOptions,
	state: State,
): (batch: readonly Admitted[]) => Promise<readonly Position[]> {
	const {store, logKey, origin, now = () => new Date(), lockTimeoutMs = 5000} = options;
	const {logId} = logKey;
	const ulid = ulids();

	const regain = async (): Promise<void> => {
		// The other process may have written: only a store that passes the check is written again.
		if (state.isLocked() && (await store.lock())) {
			state.setLocked(undefined);
			await state.recheck();
		}

		refuseBroken(state);
		const integrity = state.integrity();
		if (integrity.state === 'broken') {
			throw new LogError('LOG_LOCKED', integrity.reason);
		}
	};
	const build = async (admitted: readonly Admitted[]): Promise<{batch: Batch; head: Head}> => {
		const {tree: before, chain: chainBefore} = state.head();
		let [tree, chain] = [before, chainBefore];
		const rows: NewRow[] = [];
		const nodes: NewNode[] = [];
		const at = now();
		const integratedTime = Math.floor(at.getTime() / 1000);
		const promises = await Promise.all(
			admitted.map(({body}, i) =>
				logKey.signInPool(promiseBytes({body, integratedTime, logId, position: before.size + i})),
			),
		);
		for (const [i, {envelope, body, index}] of admitted.entries()) {
			const promise = promises[i] ?? new Uint8Array();
			const row = {...index, position: tree.size, id: ulid(at), integratedTime, envelope, body, promise};
			rows.push(row);
			chain = chainOf(chain, row);
			const grown = appendLeaf(tree, leafHash(body));
			tree = grown.tree;
			nodes.push(...grown.nodes);
		}

		const head = signedHead({tree, chain}, logKey, origin);
		return {batch: {first: before.size, rows, nodes, checkpoint: head.checkpoint}, head};
	};

	return async admitted => {
		await regain();
		const {batch, head} = await build(admitted);
		try {
			await patiently(() => store.append(batch), lockTimeoutMs);
		} catch (error) {
			throw refusal(error, state);
		}

		state.setLocked(undefined);
		state.advance(head);
		return batch.rows.map(({id, position, integratedTime}) => ({
			id,
			position,
			integratedAt: new Date(integratedTime * 1000),
		}));
	};
}

// A backup or a shell may hold the store's lock for a moment. The wait is here and not in the store, where it would stop
// the event loop.
async function patiently(work: () => Promise<void>, timeoutMs: number): Promise<void> {
	const end = performance.now() + timeoutMs;
	for (;;) {
		try {
			return await work();
		} catch (error) {
			const mayWait = error instanceof StoreError && error.code === 'STORE_LOCKED' && performance.now() < end;
			if (!mayWait) {
				throw error;
			}
		}

		await sleep(25);
	}
}

function refusal(error: unknown, state: State): LogError {
	const code = error instanceof StoreError ? error.code : undefined;
	const message = error instanceof Error ? error.message : String(error);
	if (code === 'STORE_LOCKED') {
		state.setLocked(message);
		return new LogError('LOG_LOCKED', message, {cause: error});
	}

	if (code === 'STORE_CONFLICT' || code === 'STORE_CORRUPT') {
		state.condemn(message);
		return new LogError('LOG_BROKEN', message, {cause: error});
	}

	return failed(error);
}

export function failed(cause: unknown): LogError {
	const detail = cause instanceof Error ? `: ${cause.message}` : '';
	return new LogError('LOG_STORE_FAILED', `The entry could not be stored${detail}`, {cause});
}

/** @throws {LogError} LOG_BROKEN, unless a lock that may still go away is all that is wrong */
export function refuseBroken(state: State): void {
	const integrity = state.integrity();
	if (integrity.state === 'broken' && !state.isLocked()) {
		throw new LogError('LOG_BROKEN', `Nothing is appended to a broken log. ${integrity.reason}`);
	}
}
