import {createPublicKey, type KeyObject, verify} from 'node:crypto';
import {bundleOf} from '../../proto/bundle.ts';
import {promiseBytes} from '../../proto/entry.ts';
import {
	consistencyRanges,
	foldSubtrees,
	inclusionRanges,
	type Range,
	subtreesOf,
	verifyInclusion,
} from '../../proto/merkle.ts';
import type {Counts, VerdictWord} from '../../proto/statement.ts';
import {StoreError} from '../store/error.ts';
import type {Row, Store, SummaryRow} from '../store/store.ts';
import {Broken, checkRow} from './check.ts';
import {LogError} from './error.ts';
import type {
	ConsistencyProof,
	Entry,
	InclusionProof,
	Listing,
	LogOptions,
	LogReads,
	Query,
	Summary,
} from './log.ts';
import {unpack} from './pack.ts';
import type {State} from './state.ts';
import {isUlid} from './ulid.ts';

/** The reading half. What it hands out is held against the signed tree first: a log edited while it runs is noticed here. */
export function logReads({store, logKey}: LogOptions, state: State): LogReads {
	const {logId} = logKey;
	const read = <T>(work: () => Promise<T>): Promise<T> => readable(work, state);
	const checked = async (id: string): Promise<Row> => {
		const row = await rowOf(store, id, state.head().checkpoint.size);
		notice(state, () => checkRow(row, row.position));
		return row;
	};

	return {
		list: query => read(() => list(store, state, query)),
		get: id =>
			read(async () => {
				const row = await checked(id);
				const {envelope} = unpack(row.envelope);
				return {...summaryOf(row), envelope} satisfies Entry;
			}),
		bundle: id =>
			read(async () => {
				const {size, rootHash, note} = state.head().checkpoint;
				const row = await checked(id);
				const {body, promise, position, integratedTime} = row;
				const {hashes: proof, leafHash: leaf} = await inclusion(store, position, size);
				notice(state, () => {
					const isPromised = verify(
						'sha256',
						promiseBytes({body, integratedTime, logId, position}),
						logKey.publicKey,
						promise,
					);
					if (!isPromised || !verifyInclusion({leaf, position, size, proof, rootHash})) {
						throw new Broken(`The entry at position ${position} is not the one that was signed`);
					}
				});
				const {envelope} = unpack(row.envelope);
				const attestor = attestorOf(body);
				return bundleOf({...row, envelope, attestor, logId, size, rootHash, note, proof});
			}),
		inclusion: (position, size = state.head().checkpoint.size) =>
			read(() => {
				refuseBeyond(size, state);
				return inclusion(store, position, size);
			}),
		consistency: (first, second = state.head().checkpoint.size) =>
			read(() => {
				refuseBeyond(second, state);
				return consistency(store, first, second);
			}),
		checkpoint: () => state.head().checkpoint,
		integrity: state.integrity,
	};
}

async function list(store: Store, state: State, {filter, order, limit, resume}: Query): Promise<Listing> {
	const {checkpoint} = state.head();
	const size = resume?.size ?? checkpoint.size;
	// One more than asked for: is there a next page?
	const page = {filter, order, size, limit: limit + 1};
	const rows = await store.list(resume === undefined ? page : {...page, after: resume.after});
	const isFiltered = Object.values(filter).some(value => value !== undefined);
	const total = resume?.total ?? (isFiltered ? await store.count(filter, size) : size);
	const entries = rows.slice(0, limit).map(summaryOf);
	const last = entries.at(-1);
	return {
		entries,
		size,
		total,
		checkpoint,
		integrity: state.integrity(),
		...(rows.length > limit && last !== undefined ? {next: last.position} : {}),
	};
}

async function rowOf(store: Store, id: string, size: number): Promise<Row> {
	const position = isUlid(id) ? await store.positionOf(id) : undefined;
	const row = position === undefined || position >= size ? undefined : await store.row(position);
	if (row === undefined) {
		throw new LogError('LOG_NO_ENTRY', `The log has no entry ${JSON.stringify(id.slice(0, 64))}`);
	}

	return row;
}

async function inclusion(store: Store, position: number, size: number): Promise<InclusionProof> {
	const ranges = inRange(() => inclusionRanges(position, size));
	const leafRange = {from: position, to: position + 1};
	const [rootHash, leaf, ...hashes] = await hashesOf(store, [{from: 0, to: size}, leafRange, ...ranges]);
	if (rootHash === undefined || leaf === undefined) {
		throw new StoreError('STORE_CORRUPT', 'The tree lacks a node');
	}

	return {position, size, hashes, rootHash, leafHash: leaf};
}

async function consistency(store: Store, first: number, second: number): Promise<ConsistencyProof> {
	const ranges = inRange(() => consistencyRanges(first, second));
	const whole = [
		{from: 0, to: first},
		{from: 0, to: second},
	];
	const [firstRootHash, rootHash, ...hashes] = await hashesOf(store, [...whole, ...ranges]);
	if (firstRootHash === undefined || rootHash === undefined) {
		throw new StoreError('STORE_CORRUPT', 'The tree lacks a node');
	}

	return {first, size: second, firstRootHash, rootHash, hashes};
}

async function hashesOf(store: Store, ranges: readonly Range[]): Promise<readonly Uint8Array[]> {
	const subtrees = ranges.map(subtreesOf);
	const hashes = await store.nodes(subtrees.flat());
	let at = 0;
	return subtrees.map(({length}) => {
		at += length;
		return foldSubtrees(hashes.slice(at - length, at));
	});
}

function refuseBeyond(size: number, state: State): void {
	const newest = state.head().checkpoint.size;
	if (size > newest) {
		throw new LogError('LOG_BAD_RANGE', `The log has ${newest} entries; there is no tree of ${size} yet`);
	}
}

function inRange<T>(work: () => T): T {
	try {
		return work();
	} catch (cause) {
		throw new LogError('LOG_BAD_RANGE', cause instanceof Error ? cause.message : String(cause), {cause});
	}
}

function notice(state: State, look: () => void): void {
	try {
		look();
	} catch (error) {
		state.condemn(error instanceof Error ? error.message : String(error));
	}
}

// A store that can't be read is a broken log. A lock is not: it passes.
async function readable<T>(work: () => Promise<T>, state: State): Promise<T> {
	try {
		return await work();
	} catch (cause) {
		if (cause instanceof LogError) {
			throw cause;
		}

		const message = cause instanceof Error ? cause.message : String(cause);
		const code = cause instanceof StoreError ? cause.code : 'STORE_CORRUPT';
		if (code === 'STORE_CORRUPT') {
			state.condemn(message);
			throw new LogError('LOG_BROKEN', message, {cause});
		}

		throw new LogError(code === 'STORE_LOCKED' ? 'LOG_LOCKED' : 'LOG_STORE_FAILED', message, {cause});
	}
}

// The key that the leaf names: an entry may be older than the key that is in use now.
function attestorOf(body: Uint8Array): KeyObject {
	const leaf = JSON.parse(Buffer.from(body).toString());
	return createPublicKey(Buffer.from(String(leaf?.spec?.signatures?.[0]?.verifier), 'base64'));
}

function summaryOf(row: SummaryRow): Summary {
	const {position, id, integratedTime, predicateType, container, name, image, verdict, counts} = row;
	return {
		position,
		id,
		integratedAt: new Date(integratedTime * 1000),
		predicateType,
		...(container === undefined ? {} : {container}),
		...(name === undefined ? {} : {name}),
		...(image === undefined ? {} : {image}),
		// Both were written by `indexOf`, from its closed words and as JSON.
		...(verdict === undefined ? {} : {verdict: verdict as VerdictWord}),
		...(counts === undefined ? {} : {counts: JSON.parse(counts) as Counts}),
	};
}
