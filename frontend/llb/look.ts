import type {Platform} from '../options.ts';
import {definitionOf, emptyGraph, type Graph, joined, withFiles, withVertex} from './definition.ts';

const IMAGE = '/image';
const OUT = '/out';
const NONE = 2;
/** Number of the output that holds the report; 0 is what the runtime leaves in the program's root. */
const OUTPUT = 1;
/** Nothing is written there and nobody asks for it: of a mount without an output BuildKit digests every file before it begins. */
const UNUSED = 2;

/** How an image is looked into. */
export interface Look {
	/** The program, for the processor of `platform`. */
	readonly tool: Uint8Array;
	/** What it is asked, and the options and paths of that. */
	readonly command: 'inspect' | 'closure';
	readonly words: readonly string[];
	/** Name of the file that it writes, in the root of what comes out. */
	readonly report: string;
	readonly platform: Platform;
	/** For the progress display: what is brought, and what is done. */
	readonly names: readonly [bring: string, look: string];
}

/** A vertex that reads an image and writes what it found. The image is a folder to it: nothing of it is run. */
export function lookOf(image: Graph, {tool, command, words, report, platform, names}: Look): Uint8Array {
	const [bring, look] = names;
	const program = withFiles(emptyGraph, [{path: '/tool', mode: 0o755, data: tool}], bring);
	const args = ['/tool', command, `--root=${IMAGE}`, `--out=${OUT}/${report}`, ...words];
	const graph = withVertex(
		joined(program, image),
		{
			inputs: [program.head, image.head].filter(head => head !== undefined),
			exec: {
				meta: {args, env: ['PATH=/'], cwd: '/', user: '0:0'},
				mounts: [
					{input: 0, dest: '/', output: 0},
					// BuildKit counts outputs as the mounts come, whatever numbers they have.
					{input: -1, dest: OUT, output: OUTPUT},
					{input: 1, dest: IMAGE, output: UNUSED},
				],
				network: NONE,
			},
			platform,
		},
		look,
		OUTPUT,
	);
	return definitionOf(graph);
}
