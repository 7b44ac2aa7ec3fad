import {decode} from '../../proto/buildkit/codec.ts';
import {op} from '../../proto/buildkit/ops.ts';
import type {Platform} from '../options.ts';
import {type Graph, graphOf} from './definition.ts';
import {lookOf} from './look.ts';

export const MISSING = 'missing.jsonl';

/** Which libraries are looked for, as whom, and where. */
export interface Closure {
	readonly tool: Uint8Array;
	/** Of `tool closure`: options and paths. */
	readonly words: readonly string[];
	readonly platform: Platform;
}

/** A vertex that looks for all libraries of what was carried. The image is a folder to it: nothing of it is run. */
export function closureOf(image: Graph, {tool, words, platform}: Closure): Uint8Array {
	return lookOf(image, {
		tool,
		command: 'closure',
		words,
		report: MISSING,
		platform,
		names: [
			'[sallyport-test] bring the program that looks for libraries',
			'[sallyport-test] look for the libraries of what comes over',
		],
	});
}

/** The graph whose head is what `path` was copied from, to the same place; undefined where nothing copies it. */
export function originOf(definition: Uint8Array, path: string): Graph | undefined {
	const graph = graphOf(definition);
	for (const {bytes} of graph.vertices.toReversed()) {
		const {inputs = [], file} = decode(op, bytes);
		const action = file?.actions?.find(({copy}) => copy?.src === path && copy.dest === path);
		const from = action === undefined ? undefined : inputs[action.secondaryInput ?? 0];
		if (from?.digest !== undefined) {
			return withHead(graph, {digest: from.digest, index: from.index ?? 0});
		}
	}

	return undefined;
}

/** Without the vertices that the head is not made from: a definition that holds more is refused, or not found among what was kept. */
function withHead(graph: Graph, head: NonNullable<Graph['head']>): Graph {
	const needed = new Set([head.digest]);
	// Whatever a vertex is made from comes before it.
	for (const {bytes, digest} of graph.vertices.toReversed()) {
		if (needed.has(digest)) {
			for (const input of decode(op, bytes).inputs ?? []) {
				needed.add(input.digest ?? '');
			}
		}
	}

	return {...graph, vertices: graph.vertices.filter(({digest}) => needed.has(digest)), head};
}
