import {cacheImports} from './cache-imports.ts';
import type {Gateway} from './gateway/client.ts';
import type {Options} from './options.ts';

/** A file of what a definition makes. */
export interface Wanted {
	readonly definition: Uint8Array;
	/** From the root of what comes out. */
	readonly path: string;
	/** In bytes: more is cut off. */
	readonly most: number;
}

/** Solves a definition of ours and reads one file of what comes of it. @throws {GatewayError} when it cannot be made, or lacks the file */
export async function solvedFile(
	gateway: Gateway,
	options: Options,
	{definition, path, most}: Wanted,
): Promise<Uint8Array> {
	const {result} = await gateway.call('solve', {
		definition,
		allowResultReturn: true,
		allowResultArrayRef: true,
		evaluate: true,
		...cacheImports(options),
	});
	const range = {offset: 0, length: most};
	const {data} = await gateway.call('readFile', {ref: result?.ref?.id ?? '', path, range});
	return data ?? new Uint8Array();
}
