import {hash} from 'node:crypto';
import {ProtoError} from './error.ts';

/** A perfect subtree of the log: it covers the leaves from `index * 2 ** level`, `2 ** level` of them. */
export interface Node {
	readonly level: number;
	readonly index: number;
}

/** Leaves from `from` up to but without `to`. */
export interface Range {
	readonly from: number;
	readonly to: number;
}

// RFC 6962 §2.1: the two prefixes keep a leaf from being passed off as a node.
const LEAF = 0x00;
const NODE = 0x01;
const HASH_BYTES = 32;

export function leafHash(entry: Uint8Array): Uint8Array {
	const bytes = Buffer.allocUnsafe(1 + entry.length);
	bytes[0] = LEAF;
	bytes.set(entry, 1);
	return hash('sha256', bytes, 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
	const bytes = Buffer.allocUnsafe(1 + 2 * HASH_BYTES);
	bytes[0] = NODE;
	bytes.set(left, 1);
	bytes.set(right, 1 + HASH_BYTES);
	return hash('sha256', bytes, 'buffer');
}

/** Root hash of the log that holds nothing. */
export function emptyRoot(): Uint8Array {
	return hash('sha256', '', 'buffer');
}

/**
 * The ranges whose hashes prove that the leaf at `position` is in the tree of `size`, in the proof's order (RFC 6962 §2.1.1).
 * @throws {ProtoError} PROTO_BAD_RANGE when the tree does not have that leaf
 */
export function inclusionRanges(position: number, size: number): readonly Range[] {
	if (!isCount(position) || !isCount(size) || position >= size) {
		throw new ProtoError('PROTO_BAD_RANGE', `A tree of ${size} entries has no position ${position}`);
	}

	const ranges: Range[] = [];
	let from = 0;
	let to = size;
	while (to - from > 1) {
		const middle = from + splitOf(to - from);
		ranges.push(position < middle ? {from: middle, to} : {from, to: middle});
		[from, to] = position < middle ? [from, middle] : [middle, to];
	}

	return ranges.reverse();
}

/**
 * The ranges whose hashes prove that the tree of `second` continues the tree of `first`, in the proof's order (RFC 6962 §2.1.2).
 * @throws {ProtoError} PROTO_BAD_RANGE when `first` is larger than `second`
 */
export function consistencyRanges(first: number, second: number): readonly Range[] {
	if (!isCount(first) || !isCount(second) || first > second) {
		throw new ProtoError('PROTO_BAD_RANGE', `A tree of ${second} entries can't continue one of ${first}`);
	}

	if (first === 0) {
		return [];
	}

	const ranges: Range[] = [];
	let from = 0;
	let to = second;
	while (first < to) {
		const middle = from + splitOf(to - from);
		ranges.push(first <= middle ? {from: middle, to} : {from, to: middle});
		[from, to] = first <= middle ? [from, middle] : [middle, to];
	}

	// The verifier knows the old root already; it needs the last range only when that is not the whole old tree.
	return [...(from === 0 ? [] : [{from, to}]), ...ranges.reverse()];
}

/** The perfect subtrees that cover a range of a proof, left to right. `foldSubtrees` makes the range's hash of theirs. */
export function subtreesOf({from, to}: Range): readonly Node[] {
	const nodes: Node[] = [];
	let at = from;
	while (at < to) {
		const level = Math.floor(Math.log2(to - at));
		nodes.push({level, index: at / 2 ** level});
		at += 2 ** level;
	}

	return nodes;
}

/** Hash of a range from the hashes of its `subtreesOf`, and so the root hash from those of the whole tree. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
	return hashes.length === 0 ? emptyRoot() : hashes.reduceRight((right, left) => nodeHash(left, right));
}

export interface InclusionClaim {
	readonly leaf: Uint8Array;
	readonly position: number;
	readonly size: number;
	readonly proof: readonly Uint8Array[];
	readonly rootHash: Uint8Array;
}

/** RFC 9162 §2.1.3.2. A malformed claim is a proof that does not hold, never an exception. */
export function verifyInclusion({leaf, position, size, proof, rootHash}: InclusionClaim): boolean {
	if (!isCount(position) || !isCount(size) || position >= size || !areHashes([leaf, rootHash, ...proof])) {
		return false;
	}

	let at = position;
	let last = size - 1;
	let computed = leaf;
	for (const sibling of proof) {
		if (last === 0) {
			return false;
		}

		const isRight = at % 2 === 1 || at === last;
		computed = isRight ? nodeHash(sibling, computed) : nodeHash(computed, sibling);
		[at, last] = isRight ? climb(at, last) : [half(at), half(last)];
	}

	return last === 0 && isEqual(computed, rootHash);
}

export interface ConsistencyClaim {
	readonly first: number;
	readonly second: number;
	readonly firstRoot: Uint8Array;
	readonly secondRoot: Uint8Array;
	readonly proof: readonly Uint8Array[];
}

/** RFC 9162 §2.1.4.2. A malformed claim is a proof that does not hold, never an exception. */
export function verifyConsistency({first, second, firstRoot, secondRoot, proof}: ConsistencyClaim): boolean {
	if (!isCount(first) || !isCount(second) || first > second) {
		return false;
	}

	if (!areHashes([firstRoot, secondRoot, ...proof])) {
		return false;
	}

	if (first === 0 || first === second) {
		const expected = first === 0 ? emptyRoot() : secondRoot;
		return proof.length === 0 && isEqual(firstRoot, expected);
	}

	return isContinued(first, second, [firstRoot, secondRoot], proof);
}

function isContinued(
	first: number,
	second: number,
	[firstRoot, secondRoot]: readonly [Uint8Array, Uint8Array],
	proof: readonly Uint8Array[],
): boolean {
	const [start, ...rest] = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : proof;
	if (start === undefined) {
		return false;
	}

	let [at, last] = [first - 1, second - 1];
	while (at % 2 === 1) {
		[at, last] = [half(at), half(last)];
	}

	let [old, current] = [start, start];
	for (const sibling of rest) {
		if (last === 0) {
			return false;
		}

		if (at % 2 === 1 || at === last) {
			[old, current] = [nodeHash(sibling, old), nodeHash(sibling, current)];
			[at, last] = climb(at, last);
		} else {
			current = nodeHash(current, sibling);
			[at, last] = [half(at), half(last)];
		}
	}

	return last === 0 && isEqual(old, firstRoot) && isEqual(current, secondRoot);
}

// Up to the next level where the node is a right child; at least one.
function climb(at: number, last: number): [number, number] {
	let [up, end] = [at, last];
	while (up % 2 === 0 && up !== 0) {
		[up, end] = [half(up), half(end)];
	}

	return [half(up), half(end)];
}

// Division, not a shift: shifts cut numbers to 32 bits, and a log may outgrow them.
function half(value: number): number {
	return Math.floor(value / 2);
}

// The largest power of two smaller than n, for n > 1.
function splitOf(n: number): number {
	return 2 ** Math.floor(Math.log2(n - 1));
}

// Far more than a log will hold, and few enough that Math.log2 is exact about powers of two.
const MAX_SIZE = 2 ** 40;

function isCount(value: number): boolean {
	return Number.isInteger(value) && value >= 0 && value <= MAX_SIZE;
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
	return hashes.length <= 66 && hashes.every(({length}) => length === HASH_BYTES);
}

// Roots are public, so the comparison need not take constant time.
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
	return Buffer.compare(a, b) === 0;
}
