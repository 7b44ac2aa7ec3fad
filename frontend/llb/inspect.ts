import type {Platform} from '../options.ts';
import {definitionOf, emptyGraph, graphOf, joined, withFiles, withVertex} from './definition.ts';

export const REPORT = 'report.json';
const IMAGE = '/image';
const OUT = '/out';
const NONE = 2;
/** Number of the output that holds the report; 0 is what the runtime leaves in the program's root. */
const OUTPUT = 1;

/** A vertex that reads the result and writes what lies in it. The image is a folder to it, so one for another processor will do. */
export function inspectionOf(
	result: Uint8Array,
	tool: Uint8Array,
	options: readonly string[],
	platform: Platform,
): Uint8Array {
	const files = [{path: '/tool', mode: 0o755, data: tool}];
	const program = withFiles(emptyGraph, files, '[sallyport] bring the program that looks into the image');
	const image = graphOf(result);
	const args = ['/tool', 'inspect', `--root=${IMAGE}`, `--out=${OUT}/${REPORT}`, ...options];
	const graph = withVertex(
		joined(program, image),
		{
			inputs: [program.head, image.head].filter(head => head !== undefined),
			exec: {
				meta: {args, env: ['PATH=/'], cwd: '/'},
				mounts: [
					{input: 0, dest: '/', output: 0},
					{input: 1, dest: IMAGE, output: -1, readonly: true},
					{input: -1, dest: OUT, output: OUTPUT},
				],
				network: NONE,
			},
			platform,
		},
		'[sallyport] look into the image',
		OUTPUT,
	);
	return definitionOf(graph);
}
