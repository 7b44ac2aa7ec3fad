import {type KeyObject, verify} from 'node:crypto';
import {setImmediate} from 'node:timers/promises';
import {openCheckpoint, type TreeHead} from '../../proto/checkpoint.ts';
import {entryBody} from '../../proto/entry.ts';
import {payloadOf, readEnvelope} from '../../proto/envelope.ts';
import {leafHash} from '../../proto/merkle.ts';
import {readStatement} from '../../proto/statement.ts';
import {type Row, type Store, type StoredCheckpoint, type Tallies, tally} from '../store/store.ts';
import type {Anchor} from './anchor.ts';
import {type IndexRow, indexOf} from './index-row.ts';
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
}

/** The stored log is not what was signed. The message is the reason, a sentence. */
export class Broken extends Error {
	override readonly name = 'Broken';
}

// Rows between two turns of the event loop: the check must not keep the API from answering.
const CHUNK = 256;

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
	const {tree, chain, tallies} = await replay(store, size, heads);
	compareTallies(tallies, await store.tallies(size));
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

interface Replay {
	readonly tree: Tree;
	readonly chain: Uint8Array;
	readonly tallies: Tallies;
}

async function replay(store: Store, size: number, heads: readonly TreeHead[]): Promise<Replay> {
	let tree = emptyTree;
	let chain = emptyChain;
	const sums = tally();
	while (tree.size < size) {
		const from = tree.size;
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
		await setImmediate();
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
		const envelope = readEnvelope(JSON.parse(Buffer.from(row.envelope).toString()));
		const payload = payloadOf(envelope);
		index = indexOf(readStatement(payload));
		const [{sig}] = envelope.signatures;
		body = entryBody({envelope: row.envelope, payload, sig, verifier: verifierIn(row.body)});
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
