import {type KeyObject, verify} from 'node:crypto';
import {setImmediate, setTimeout as sleep} from 'node:timers/promises';
import {openCheckpoint, type TreeHead} from '../../proto/checkpoint.ts';
import {entryBody} from '../../proto/entry.ts';
import {payloadOf} from '../../proto/envelope.ts';
import {foldSubtrees, leafHash, subtreesOf} from '../../proto/merkle.ts';
import {readStatement} from '../../proto/statement.ts';
import {type Row, type Store, type StoredCheckpoint, type Tallies, tally} from '../store/store.ts';
import type {Anchor} from './anchor.ts';
import {type IndexRow, indexOf} from './index-row.ts';
import type {Mark} from './mark.ts';
import {unpack} from './pack.ts';
import {chainOf, emptyChain, sealBytes} from './seal.ts';
import {appendLeaf, emptyTree, type NewNode, rootOf, type Tree} from './tree.ts';

/** What was found to be whole: all that appending goes on from. */
export interface Checked {
	readonly tree: Tree;
	readonly chain: Uint8Array;
	/** Absent while the log holds nothing. */
	readonly checkpoint?: StoredCheckpoint;
}

export interface CheckOptions {
	readonly store: Store;
	readonly publicKey: KeyObject;
	readonly origin: string;
	readonly anchor?: Anchor;
	/** Where to go on from: what lies before it is taken for whole, as far as it was signed. Else all is checked, from the first entry. */
	readonly mark?: Mark | undefined;
	/** Leaves this much of the time to others, 0 to 1: a check of a million entries takes minutes. */
	readonly rest?: number;
}

/** The stored log is not what was signed. The message is the reason, a sentence. */
export class Broken extends Error {
	override readonly name = 'Broken';
}

// Rows between two turns of the event loop: the check must not keep the API from answering.
const CHUNK = 64;

/**
 * The self-check: every leaf is recomputed from its envelope, the tree from its leaves, the indexes from the signed
 * statements, and the result is held against the signed checkpoint, the signed seal and the anchor.
 * @throws {Broken} with the first thing that does not agree
 */
export async function check(options: CheckOptions): Promise<Checked> {
	const {store, publicKey, origin} = options;
	const {size, checkpoint} = await store.head();
	if ((checkpoint?.size ?? 0) !== size) {
		throw new Broken(
			`The log holds ${size} entries, but its newest signed checkpoint covers ${checkpoint?.size ?? 0}`,
		);
	}

	const head = checkpoint && openNote(checkpoint.note, publicKey, 'newest checkpoint');
	if (head !== undefined && head.origin !== origin) {
		throw new Broken(`The log was written under the name ${head.origin}, not ${origin}`);
	}

	const heads = [await anchored(options, size), head].filter(known => known !== undefined);
	const begin = await beginning(options, size);
	await compareEarlier(store, begin.tree.size, heads);
	const {tree, chain, tallies} = await replay(store, begin, size, heads, options.rest ?? 0);
	if (begin.tree.size === 0) {
		// Sums over everything: they say nothing about a part.
		compareTallies(tallies, await store.tallies(size));
	}

	if (checkpoint === undefined) {
		return {tree, chain};
	}

	if (!verify('sha256', sealBytes(origin, size, chain), publicKey, checkpoint.seal)) {
		throw new Broken('An id, a time or a promise of an entry is not the one that was signed');
	}

	return {tree, chain, checkpoint};
}

function openNote(note: string, publicKey: KeyObject, name: string): TreeHead {
	try {
		return openCheckpoint(note, publicKey);
	} catch (cause) {
		throw new Broken(`The ${name} is not signed by this log's key; was the key or the file replaced?`, {
			cause,
		});
	}
}

async function anchored({anchor, publicKey}: CheckOptions, size: number): Promise<TreeHead | undefined> {
	const note = await anchor?.read();
	const head = note === undefined ? undefined : openNote(note, publicKey, 'anchor');
	if (head !== undefined && head.size > size) {
		throw new Broken(
			`The log holds ${size} entries, but a checkpoint of ${head.size} was signed: entries were removed`,
		);
	}

	return head;
}

interface Beginning {
	readonly tree: Tree;
	readonly chain: Uint8Array;
}

/** The mark's tree and chain, where both were signed; else the empty log's. */
async function beginning({store, publicKey, origin, mark}: CheckOptions, size: number): Promise<Beginning> {
	const nothing = {tree: emptyTree, chain: emptyChain};
	const signed = mark === undefined || mark.size > size ? undefined : await store.checkpointAt(mark.size);
	if (mark === undefined || signed === undefined) {
		return nothing;
	}

	const {rootHash} = openNote(signed.note, publicKey, `checkpoint of ${mark.size} entries`);
	const edge = await store.nodes(subtreesOf({from: 0, to: mark.size}));
	const isSigned =
		Buffer.compare(foldSubtrees(edge), rootHash) === 0 &&
		verify('sha256', sealBytes(origin, mark.size, mark.chain), publicKey, signed.seal);
	return isSigned ? {tree: {size: mark.size, edge}, chain: mark.chain} : nothing;
}

/** Trees that were signed before the mark: their nodes are all there, whatever is replayed. */
async function compareEarlier(store: Store, before: number, heads: readonly TreeHead[]): Promise<void> {
	for (const {size, rootHash} of heads.filter(head => head.size > 0 && head.size < before)) {
		const edge = await store.nodes(subtreesOf({from: 0, to: size}));
		if (Buffer.compare(foldSubtrees(edge), rootHash) !== 0) {
			throw new Broken(`The tree of ${size} entries is not the one that was signed`);
		}
	}
}

interface Replay {
	readonly tree: Tree;
	readonly chain: Uint8Array;
	readonly tallies: Tallies;
}

async function replay(
	store: Store,
	begin: Beginning,
	size: number,
	heads: readonly TreeHead[],
	rest: number,
): Promise<Replay> {
	let {tree, chain} = begin;
	compareRoots(tree, heads);
	const sums = tally();
	while (tree.size < size) {
		const from = tree.size;
		const begun = performance.now();
		const rows = await store.rowsFrom(from, Math.min(CHUNK, size - from));
		const nodes: NewNode[] = [];
		for (const row of rows) {
			sums.add({...checkRow(row, tree.size), position: row.position});
			chain = chainOf(chain, row);
			const grown = appendLeaf(tree, leafHash(row.body));
			tree = grown.tree;
			nodes.push(...grown.nodes);
			compareRoots(tree, heads);
		}

		if (rows.length === 0) {
			throw new Broken(`The entry at position ${from} is missing`);
		}

		await compareNodes(store, nodes);
		await (rest > 0 ? sleep(((performance.now() - begun) * rest) / (1 - rest)) : setImmediate());
	}

	return {tree, chain, tallies: sums.sums()};
}

/** Does a row say what its envelope says? @throws {Broken} */
export function checkRow(row: Row, position: number): IndexRow {
	if (row.position !== position) {
		throw new Broken(`The entry at position ${position} is missing`);
	}

	const changed = `The entry at position ${position} was changed`;
	let index: IndexRow;
	let body: Uint8Array;
	try {
		const {envelope, bytes} = unpack(row.envelope);
		const payload = payloadOf(envelope);
		index = indexOf(readStatement(payload));
		const [{sig}] = envelope.signatures;
		body = entryBody({envelope: bytes, payload, sig, verifier: verifierIn(row.body)});
	} catch (cause) {
		throw new Broken(`${changed}: its envelope or its leaf can not be read`, {cause});
	}

	if (Buffer.compare(body, row.body) !== 0) {
		throw new Broken(`${changed}: its envelope is not the one that was logged`);
	}

	const isSame = (['predicateType', 'container', 'name', 'image', 'verdict', 'counts'] as const).every(
		column => index[column] === row[column],
	);
	if (!isSame) {
		throw new Broken(`${changed}: the index says something else than its signed statement`);
	}

	return index;
}

function verifierIn(body: Uint8Array): string {
	const leaf = JSON.parse(Buffer.from(body).toString());
	return String(leaf?.spec?.signatures?.[0]?.verifier);
}

function compareRoots(tree: Tree, heads: readonly TreeHead[]): void {
	const same = heads.filter(({size}) => size === tree.size);
	if (same.some(({rootHash}) => Buffer.compare(rootOf(tree), rootHash) !== 0)) {
		throw new Broken(`The tree of ${tree.size} entries is not the one that was signed`);
	}
}

async function compareNodes(store: Store, nodes: readonly NewNode[]): Promise<void> {
	for (const [level, expected] of Map.groupBy(nodes, node => node.level)) {
		const from = expected[0]?.index ?? 0;
		const stored = await store.nodesBetween(level, from, from + expected.length);
		const isSame = expected.every(({index, hash}, i) => {
			const node = stored[i];
			return node?.index === index && Buffer.compare(node.hash, hash) === 0;
		});
		if (!isSame) {
			throw new Broken(`The tree's nodes from ${from} of level ${level} on are not those of its leaves`);
		}
	}
}

function compareTallies(expected: Tallies, stored: Tallies): void {
	const wrong = [...expected.keys(), ...stored.keys()].find(key => expected.get(key) !== stored.get(key));
	if (wrong !== undefined) {
		throw new Broken(`The index of "${wrong}" is not that of the signed statements`);
	}
}
