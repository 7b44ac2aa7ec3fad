import type {Dirent} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {isNamedLikePolicy} from '../frontend/rules/govern/policy-names.ts';
import {ignoreLines} from '../frontend/rules/ignore-file.ts';
import {type IgnorePattern, ignorePattern, isIgnored} from '../frontend/rules/ignore-pattern.ts';
import {secretFileOf} from '../frontend/rules/secret/secret-files.ts';

/** A context with more entries than this is not walked to its end: then its files count as not known. */
const MAX_ENTRIES = 50_000;

/**
 * Paths in a build context that are named like credentials and that its ignore file leaves in.
 * @param ignoreFile content of the ignore file that counts
 * @returns undefined when the context is too large to tell, or the ignore file holds a pattern that is not understood here
 */
export async function listContextFiles(
	folder: string,
	ignoreFile: Uint8Array | undefined,
): Promise<readonly string[] | undefined> {
	const patterns = ignoreLines(new TextDecoder().decode(ignoreFile)).map(ignorePattern);
	const known = patterns.filter(pattern => pattern !== undefined);
	const found: string[] = [];
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
		const files = paths(entry => !entry.isDirectory()).filter(
			path => secretFileOf(path) !== undefined || isNamedLikePolicy(path),
		);
		found.push(...files.filter(path => !isIgnored(path, known)));
	}

	return found;
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
