import {GatewayError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {definitionOf, source} from '../llb/definition.ts';
import type {Options} from '../options.ts';
import {ignoreLines} from '../rules/ignore-file.ts';
import {type Held, heldIn, isTold, MAX_CONTENT_BYTES, MAX_CONTENTS} from '../rules/secret/file-contents.ts';
import type {Sources} from './read.ts';

export interface ContextFiles {
	readonly paths: readonly string[];
	/** What was found in those that were looked into, by path. */
	readonly held: ReadonlyMap<string, Held>;
}

/** Of a build that takes none. */
export const noFiles: ContextFiles = {paths: [], held: new Map()};

/** Go's os.FileMode bit of a directory. */
const DIRECTORY = 2 ** 31;
/** A context with more folders of candidates than this is not followed further: then the files count as not known. */
const MAX_FOLDERS = 200;

/**
 * Paths in the client's build context that match the patterns and that its ignore file leaves in: what COPY could bring
 * into a layer. Only names travel far; the client sends these few files and no others.
 * What small ones of them hold is told by its kind, never by a value.
 * @returns undefined when the context is not the client's, or is too large to tell
 */
export async function readContextFiles(
	gateway: Gateway,
	options: Options,
	{context, inputs, ignoreFile, contextIgnoreFile}: Sources,
	patterns: readonly string[],
): Promise<ContextFiles | undefined> {
	if (context !== undefined || inputs['context'] !== undefined) {
		return undefined;
	}

	const {contextLocal} = options;
	const attrs = {
		'local.session': options.session(contextLocal),
		'local.includepattern': JSON.stringify(patterns),
		'local.excludepatterns': JSON.stringify(
			ignoreLines(new TextDecoder().decode(ignoreFile ?? contextIgnoreFile)),
		),
		'local.sharedkeyhint': 'sallyport-secrets',
		'local.differ': 'none',
	};
	const from = source(
		`local://${contextLocal}`,
		attrs,
		'[sallyport] look for key files in the build context',
	);
	try {
		const definition = definitionOf(from);
		const {result} = await gateway.call('solve', {
			definition,
			allowResultReturn: true,
			allowResultArrayRef: true,
		});
		const ref = result?.ref?.id ?? '';
		const paths = await filesBelow(gateway, ref);
		return paths === undefined ? undefined : {paths, held: await heldBy(gateway, ref, paths)};
	} catch (error) {
		if (error instanceof GatewayError) {
			return undefined;
		}

		throw error;
	}
}

async function heldBy(
	gateway: Gateway,
	ref: string,
	paths: readonly string[],
): Promise<ReadonlyMap<string, Held>> {
	const asked = paths.filter(isTold).slice(0, MAX_CONTENTS);
	const range = {offset: 0, length: MAX_CONTENT_BYTES + 1};
	const seen = await Promise.all(
		asked.map(async path => {
			const {data = new Uint8Array()} = await gateway.call('readFile', {ref, path, range});
			return [path, heldIn(path, data)] as const;
		}),
	);
	return new Map(seen.flatMap(([path, held]) => (held === undefined ? [] : [[path, held] as const])));
}

/** Paths of all files below the root of a result; undefined when there are too many folders to tell. */
export async function filesBelow(gateway: Gateway, ref: string): Promise<readonly string[] | undefined> {
	const files: string[] = [];
	const folders = ['/'];
	// The list grows while it is walked; folders hold no more than what matched, and their number is bounded.
	for (const folder of folders) {
		const {entries = []} = await gateway.call('readDir', {ref, path: folder});
		for (const {path = '', mode = 0} of entries) {
			if (mode >= DIRECTORY) {
				folders.push(`${folder}${path}/`);
			} else {
				files.push(`${folder}${path}`.slice(1));
			}
		}

		if (folders.length > MAX_FOLDERS) {
			return undefined;
		}
	}

	return files;
}
