import {foldSubtrees, nodeHash} from '../../proto/merkle.ts';

/** The right edge of the log's tree: all that appending needs. */
export interface Tree {
	readonly size: number;
	/** Hashes of the perfect subtrees that cover the tree, left to right. */
	readonly edge: readonly Uint8Array[];
}

/** A node that an append has completed. */
export interface NewNode {
	readonly level: number;
	readonly index: number;
	readonly hash: Uint8Array;
}

export const emptyTree: Tree = {size: 0, edge: []};

/** Appends one leaf hash: the tree after it, and the nodes that became complete, the leaf's own first. */
export function appendLeaf({size, edge}: Tree, leaf: Uint8Array): {tree: Tree; nodes: readonly NewNode[]} {
	const kept = [...edge];
	const nodes: NewNode[] = [{level: 0, index: size, hash: leaf}];
	let [level, index, hash] = [0, size, leaf];
	// A node with an odd index is a right child: its left brother is the last one of the edge, and their parent is complete.
	while (index % 2 === 1) {
		const left = kept.pop();
		if (left === undefined) {
			throw new TypeError(`The edge of a tree of ${size} entries is too short`);
		}

		hash = nodeHash(left, hash);
		index = (index - 1) / 2;
		level += 1;
		nodes.push({level, index, hash});
	}

	return {tree: {size: size + 1, edge: [...kept, hash]}, nodes};
}

export function rootOf({edge}: Tree): Uint8Array {
	return foldSubtrees(edge);
}
