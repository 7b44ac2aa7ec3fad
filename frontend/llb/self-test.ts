import type {Platform} from '../options.ts';
import {
	definitionOf,
	emptyGraph,
	graphOf,
	joined,
	type NewFile,
	withFiles,
	withFreshHead,
	withVertex,
} from './definition.ts';

/** What is started, and by which program. */
export interface SelfTest {
	/** The result that is tried, as BuildKit gave it out. */
	readonly result: Uint8Array;
	/** The program that tries it. */
	readonly tool: Uint8Array;
	/** Its options, and the container's command. */
	readonly words: readonly string[];
	readonly env: readonly string[];
	readonly cwd: string;
	readonly platform: Platform;
	/** Done again, whatever the builder has kept of it. */
	readonly isFresh: boolean;
}

/** Where the program writes how it went; seen from inside it lies in `FOLDER`. */
export const OUTCOME = 'outcome';
export const FOLDER = '/run/.sallyport-out';
const TOOL = '/run/.sallyport';
const NONE = 2;
const TMPFS = 4;
/** Number of the output that holds the outcome; 0 is what the application has left in its root. */
const OUTPUT = 1;

/**
 * A vertex that starts the result in its own root, without network. It starts as root, because the program takes on the
 * container's user itself: only so it can leave its outcome where the application cannot reach it, and give that user the ports
 * below 1024 as Docker does.
 */
export function selfTestOf({result, tool, words, env, cwd, platform, isFresh}: SelfTest): Uint8Array {
	const root = graphOf(result);
	const files: readonly NewFile[] = [{path: '/tool', mode: 0o755, data: tool}];
	const program = withFiles(emptyGraph, files, '[sallyport-test] bring the program that tries it');
	const inputs = [root.head, program.head].filter(head => head !== undefined);
	const graph = withVertex(
		joined(root, program),
		{
			inputs,
			exec: {
				meta: {args: [`${TOOL}/tool`, 'test', ...words], env, cwd, user: '0:0'},
				mounts: [
					{input: 0, dest: '/', output: 0},
					{input: 1, dest: TOOL, output: -1, readonly: true},
					{input: -1, dest: FOLDER, output: OUTPUT},
					{input: -1, dest: '/run/sallyport', output: -1, mountType: TMPFS, tmpfs: {}},
				],
				network: NONE,
			},
			platform,
		},
		'[sallyport-test] start, health through the proxy, stop',
		OUTPUT,
	);
	return definitionOf(isFresh ? withFreshHead(graph) : graph);
}
