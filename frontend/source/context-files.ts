import {GatewayError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {definitionOf, source} from '../llb/definition.ts';
import type {Options} from '../options.ts';
import {ignoreLines} from '../rules/ignore-file.ts';
import type {Sources} from './read.ts';

/** Go's os.FileMode bit of a directory. */
const DIRECTORY = 2 ** 31;
/** A context with more folders of candidates than this is not followed further: then the files count as not known. */
const MAX_FOLDERS = 200;

/**
 * Paths in the client's build context that match the patterns and that its ignore file leaves in: what COPY could bring
 * into a layer. Only names travel far; the client sends these few files and no others.
 * @returns undefined when the context is not the client's, or is too large to tell
 */
export async function readContextFiles(
	gateway: Gateway,
	options: Options,
	{context, inputs, ignoreFile, contextIgnoreFile}: Sources,
	patterns: readonly string[],
): Promise<readonly string[] | undefined> {
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
		return await filesBelow(gateway, result?.ref?.id ?? '');
	} catch (error) {
		if (error instanceof GatewayError) {
			return undefined;
		}

		throw error;
	}
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
