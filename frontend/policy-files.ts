import {readdir, readFile, stat} from 'node:fs/promises';
import type {Files, PolicyFiles} from '../policies/standing.ts';

/** More than this many files, or bytes in one, is no policy but a mistake. */
const MAX_FILES = 2000;
const MAX_BYTES = 256 * 1024;

/**
 * What lies beside the folder of bundles: `keys/`, `approvals/`, `waivers/`, and the signature of one bundle.
 * @returns undefined when there is none of it, as in the image that we publish
 */
export async function readPolicyFiles(bundles: URL, name: string): Promise<PolicyFiles | undefined> {
	const [keys, approvals, waivers, bundleSignature] = await Promise.all([
		filesIn(new URL('../keys/', bundles)),
		filesIn(new URL('../approvals/', bundles)),
		filesIn(new URL('../waivers/', bundles)),
		readText(new URL(`${name}.yaml.sig`, bundles)),
	]);
	const isEmpty = keys.size + approvals.size + waivers.size === 0 && bundleSignature === undefined;
	return isEmpty
		? undefined
		: {keys, approvals, waivers, ...(bundleSignature === undefined ? {} : {bundleSignature})};
}

export async function filesIn(folder: URL): Promise<Files> {
	const names = await readdir(folder).catch(missing);
	const wanted = (names ?? [])
		.filter(name => /^[A-Za-z0-9][\w.-]*\.(?:yaml|sig|pub|pem)$/.test(name))
		.slice(0, MAX_FILES);
	const texts = await Promise.all(
		wanted.map(async name => [name, await readText(new URL(name, folder))] as const),
	);
	return new Map(texts.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])));
}

/** @returns undefined for what is not there, is a folder, or is too large to be a policy */
export async function readText(file: URL): Promise<string | undefined> {
	const found = await stat(file).catch(missing);
	return found?.isFile() && found.size <= MAX_BYTES ? await readFile(file, 'utf8') : undefined;
}

function missing(error: unknown): undefined {
	if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
		return undefined;
	}

	throw error;
}
