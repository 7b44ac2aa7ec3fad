import {GatewayError} from '../error.ts';
import type {Gateway} from '../gateway/client.ts';
import {definitionOf, source} from '../llb/definition.ts';
import type {Options} from '../options.ts';
import {ignoreLines} from '../rules/ignore-file.ts';
import {MAX_MANIFEST_BYTES, MAX_MANIFESTS, manifestKind, manifestPatterns} from '../rules/manifest-names.ts';
import {filesBelow} from './context-files.ts';
import type {Sources} from './read.ts';

/**
 * The manifests of the client's build context, by path. The client sends these files and no others.
 * @returns undefined when the context is not the client's, or cannot be read
 */
export async function readManifests(
	gateway: Gateway,
	options: Options,
	{context, inputs, ignoreFile, contextIgnoreFile}: Sources,
): Promise<ReadonlyMap<string, string> | undefined> {
	if (context !== undefined || inputs['context'] !== undefined) {
		return undefined;
	}

	const {contextLocal} = options;
	const attrs = {
		'local.session': options.session(contextLocal),
		'local.includepattern': JSON.stringify(manifestPatterns()),
		'local.excludepatterns': JSON.stringify(
			ignoreLines(new TextDecoder().decode(ignoreFile ?? contextIgnoreFile)),
		),
		'local.sharedkeyhint': 'sallyport-manifests',
		'local.differ': 'none',
	};
	const from = source(
		`local://${contextLocal}`,
		attrs,
		'[sallyport] look for manifests in the build context',
	);
	try {
		const {result} = await gateway.call('solve', {
			definition: definitionOf(from),
			allowResultReturn: true,
			allowResultArrayRef: true,
		});
		const ref = result?.ref?.id ?? '';
		const paths = ((await filesBelow(gateway, ref)) ?? []).filter(path => manifestKind(path) !== undefined);
		const read = paths
			.slice(0, MAX_MANIFESTS)
			.map(async path => [path, await textAt(gateway, ref, path)] as const);
		return new Map(await Promise.all(read));
	} catch (error) {
		if (error instanceof GatewayError) {
			return undefined;
		}

		throw error;
	}
}

async function textAt(gateway: Gateway, ref: string, path: string): Promise<string> {
	if (manifestKind(path) !== 'text') {
		return '';
	}

	const {data = new Uint8Array()} = await gateway.call('readFile', {
		ref,
		path,
		range: {offset: 0, length: MAX_MANIFEST_BYTES + 1},
	});
	return data.length > MAX_MANIFEST_BYTES ? '' : new TextDecoder().decode(data);
}
