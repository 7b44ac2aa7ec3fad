import type {Dirent} from 'node:fs';
import {lstat, readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {isNamedLikePolicy} from '../frontend/rules/govern/policy-names.ts';
import {ignoreLines} from '../frontend/rules/ignore-file.ts';
import {type IgnorePattern, ignorePattern, isIgnored} from '../frontend/rules/ignore-pattern.ts';
import {MAX_MANIFEST_BYTES, MAX_MANIFESTS, manifestKind} from '../frontend/rules/manifest-names.ts';
import {
	type Held,
	heldIn,
	isSetting,
	isTold,
	MAX_CONTENT_BYTES,
	MAX_CONTENTS,
} from '../frontend/rules/secret/file-contents.ts';
import {secretFileOf} from '../frontend/rules/secret/secret-files.ts';

/** A context with more entries than this is not walked to its end: then its files count as not known. */
const MAX_ENTRIES = 50_000;

/** What a folder holds that matters, as far as its ignore file leaves it in. */
export interface ContextFiles {
	/** Paths that are named like credentials. */
	readonly contextFiles: readonly string[];
	/** What small ones of them hold: see `Known.held`. */
	readonly held: ReadonlyMap<string, Held>;
	/** What says what the application is made of: see `Known.manifests`. */
	readonly manifests: ReadonlyMap<string, string>;
}

/**
 * Looks through a build context.
 * @param ignoreFile content of the ignore file that counts
 * @returns undefined when the context is too large to tell, or the ignore file holds a pattern that is not understood here
 */
export async function listContextFiles(
	folder: string,
	ignoreFile: Uint8Array | undefined,
): Promise<ContextFiles | undefined> {
	const patterns = ignoreLines(new TextDecoder().decode(ignoreFile)).map(ignorePattern);
	const known = patterns.filter(pattern => pattern !== undefined);
	const found: string[] = [];
	const manifests: string[] = [];
	const folders = [''];
	let seen = known.length === patterns.length ? 0 : MAX_ENTRIES;
	// The list grows while it is walked; links are not followed, so this ends.
	for (const below of folders) {
		const entries = await entriesOf(join(folder, below));
		const paths = (isWanted: (entry: Dirent) => boolean): readonly string[] =>
			entries.filter(isWanted).map(({name}) => (below === '' ? name : `${below}/${name}`));
		seen += entries.length;
		if (seen >= MAX_ENTRIES) {
			return undefined;
		}

		folders.push(...paths(entry => entry.isDirectory()).filter(path => !isClosed(path, known)));
		const files = paths(entry => !entry.isDirectory());
		const secrets = files.filter(
			path => secretFileOf(path) !== undefined || isSetting(path) || isNamedLikePolicy(path),
		);
		found.push(...secrets.filter(path => !isIgnored(path, known)));
		manifests.push(...files.filter(path => manifestKind(path) !== undefined && !isIgnored(path, known)));
	}

	const read = manifests
		.slice(0, MAX_MANIFESTS)
		.map(async path => [path, await textAt(join(folder, path), path)] as const);
	return {
		contextFiles: found,
		held: await heldBy(folder, found),
		manifests: new Map(await Promise.all(read)),
	};
}

async function heldBy(folder: string, paths: readonly string[]): Promise<ReadonlyMap<string, Held>> {
	const asked = paths.filter(isTold).slice(0, MAX_CONTENTS);
	const seen = await Promise.all(
		asked.map(async path => {
			const bytes = await bytesOf(join(folder, path));
			return [path, bytes === undefined ? undefined : heldIn(path, bytes)] as const;
		}),
	);
	return new Map(seen.flatMap(([path, held]) => (held === undefined ? [] : [[path, held] as const])));
}

/** Of a file that is small enough to be looked into; a link or a device is none. */
async function bytesOf(file: string): Promise<Uint8Array | undefined> {
	try {
		const about = await lstat(file);
		return about.isFile() && about.size <= MAX_CONTENT_BYTES ? await readFile(file) : undefined;
	} catch {
		return undefined;
	}
}

async function textAt(file: string, path: string): Promise<string> {
	try {
		const isRead = manifestKind(path) === 'text' && (await stat(file)).size <= MAX_MANIFEST_BYTES;
		return isRead ? await readFile(file, 'utf8') : '';
	} catch {
		return '';
	}
}

// A folder that is left out need not be walked, unless an exception may take something in it back in.
function isClosed(path: string, patterns: readonly IgnorePattern[]): boolean {
	return isIgnored(path, patterns) && !patterns.some(({isException}) => isException);
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
	try {
		return await readdir(folder, {withFileTypes: true});
	} catch {
		// A folder that may not be read cannot be sent to a builder either: the build will say so.
		return [];
	}
}
