import type {Result} from '../proto/buildkit/gateway.ts';
import {quoted} from './dockerfile/error.ts';
import type {Gateway} from './gateway/client.ts';
import {closureOf, MISSING, originOf} from './llb/closure.ts';
import {type Graph, graphOf} from './llb/definition.ts';
import type {Options} from './options.ts';
import type {Fix} from './rules/rule.ts';
import {imageOf, type Outcome, resultsOf} from './self-test.ts';
import {solvedFile} from './solved-file.ts';
import {hasTool, toolFor} from './tool-file.ts';

/** What a program or library asks for and does not get. */
interface Missing {
	readonly kind: 'library' | 'interpreter';
	readonly file: string;
	readonly needs: string;
}

/** As many as the tool tells. */
const MAX_REPORT_BYTES = 256 * 1024;

/**
 * What comes over into a smaller image finds its libraries there, also those that are only loaded late, which no start would show.
 * What was missing before is nothing that the repair broke: packages bring programs for other systems.
 * @returns a failure that names what is missing; undefined where nothing is, or nothing came over
 */
export async function missingLibraries(
	gateway: Gateway,
	options: Options,
	result: Result,
	fixes: readonly Fix[],
	readTool = toolFor,
): Promise<Outcome | undefined> {
	const carried = fixes.flatMap(({stage}) => stage?.carried ?? []);
	const [first] = carried;
	if (first === undefined || !hasTool([options.builder])) {
		return undefined;
	}

	const tool = await readTool(options.builder);
	const look = (image: Graph, words: readonly string[]) => missingIn(gateway, options, image, {tool, words});
	for (const {key, definition} of resultsOf(result)) {
		const words = [...pathsOf(imageOf(result, key)), ...carried];
		const now = await look(graphOf(definition), words);
		const origin = now.length === 0 ? undefined : originOf(definition, first);
		const before = origin === undefined ? [] : await look(origin, words);
		const known = new Set(before.map(keyOf));
		const lost = now.filter(each => !known.has(keyOf(each)));
		if (lost.length > 0) {
			return failure(lost);
		}
	}

	return undefined;
}

function keyOf({file, needs}: Missing): string {
	return `${file}\0${needs}`;
}

/** @param lost at least one */
function failure(lost: readonly Missing[]): Outcome | undefined {
	const [first] = lost;
	if (first === undefined) {
		return undefined;
	}

	const {kind, file, needs} = first;
	const what = kind === 'library' ? 'the library' : 'the loader';
	const more = lost.length === 1 ? '' : `, and ${lost.length - 1} more of this kind`;
	const sentence = `${quoted(endOf(file))} loads ${what} ${quoted(needs)}, which the smaller image does not have${more}`;
	return {word: 'failed', sentence, log: []};
}

/** The end of a path tells more than its beginning. */
function endOf(path: string): string {
	return path.length > MAX_SHOWN ? `…${path.slice(1 - MAX_SHOWN)}` : path;
}

const MAX_SHOWN = 60;

async function missingIn(
	gateway: Gateway,
	options: Options,
	image: Graph,
	asked: {readonly tool: Uint8Array; readonly words: readonly string[]},
): Promise<readonly Missing[]> {
	const {builder} = options;
	const definition = closureOf(image, {...asked, platform: builder});
	const data = await solvedFile(gateway, options, {definition, path: MISSING, most: MAX_REPORT_BYTES});
	return missingFrom(new TextDecoder().decode(data));
}

/** A line each; the last one only counts, or is cut off. Scripts are not told: they may be there for other systems. */
export function missingFrom(report: string): readonly Missing[] {
	return report
		.split('\n')
		.slice(0, -1)
		.map(line => JSON.parse(line) as Partial<Missing>) // Our own program wrote it.
		.filter((each): each is Missing => each.kind === 'library' || each.kind === 'interpreter');
}

/** Where the image has libraries and programs looked for. */
function pathsOf(image: unknown): readonly string[] {
	const {config} = (image ?? {}) as {config?: {Env?: readonly string[]}}; // BuildKit's own frontend wrote it.
	const variable = (name: string): string | undefined =>
		config?.Env?.findLast(each => each.startsWith(`${name}=`))?.slice(name.length + 1);
	const [path, libraries] = [variable('PATH'), variable('LD_LIBRARY_PATH')];
	return [
		...(path === undefined ? [] : [`--path=${path}`]),
		...(libraries === undefined ? [] : [`--library-path=${libraries}`]),
	];
}
