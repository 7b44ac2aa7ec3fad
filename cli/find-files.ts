import type {Dirent} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {CliError} from './error.ts';

/** A folder that holds more than this is not searched to its end. */
const MAX_ENTRIES = 200_000;
/** Folders of other people's code. */
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules']);

export type Kind = 'dockerfile' | 'compose' | 'bake';

export interface FoundFile {
	readonly path: string;
	readonly kind: Kind;
}

/**
 * The Dockerfiles, Compose and Bake files below a folder, in the order of their names. Symbolic links are not followed.
 * @throws {CliError} CLI_BAD_INPUT for a folder that is too large to search or may not be read
 */
export async function findFiles(folder: string): Promise<readonly FoundFile[]> {
	const found: FoundFile[] = [];
	const folders = [folder];
	let seen = 0;
	// The list grows while it is walked; links are not followed, so this ends.
	for (const each of folders) {
		const entries = await entriesOf(each, each === folder);
		seen += entries.length;
		if (seen > MAX_ENTRIES) {
			const message = `${folder} holds more than ${MAX_ENTRIES} files and folders; name the folders that count`;
			throw new CliError('CLI_BAD_INPUT', message);
		}

		folders.push(
			...entries
				.filter(entry => entry.isDirectory() && !skipped.has(entry.name))
				.map(({name}) => join(each, name)),
		);
		found.push(
			...entries
				.filter(entry => entry.isFile())
				.flatMap(({name}) => {
					const kind = kindFound(name);
					return kind === undefined ? [] : [{path: join(each, name), kind}];
				}),
		);
	}

	return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const COMPOSE = /^(?:docker-)?compose\.ya?ml$/;
const BAKE = /^docker-bake\.(?:hcl|json)$/;
const DOCKERFILE = /^(?:Dockerfile(?:\..+)?|.+\.Dockerfile|Containerfile.*)$/i;
/** What belongs to a Dockerfile without being one. */
const BESIDE = /\.(?:dockerignore|containerignore|md|sh|ya?ml|json|orig|rej|bak)$/i;

function kindFound(name: string): Kind | undefined {
	if (COMPOSE.test(name)) {
		return 'compose';
	}

	if (BAKE.test(name)) {
		return 'bake';
	}

	return DOCKERFILE.test(name) && !BESIDE.test(name) ? 'dockerfile' : undefined;
}

/** What a file is that somebody names: its ending says so. */
export function kindNamed(path: string): Kind {
	if (/\.ya?ml$/i.test(path)) {
		return 'compose';
	}

	return /\.(?:hcl|json)$/i.test(path) ? 'bake' : 'dockerfile';
}

async function entriesOf(folder: string, isAsked: boolean): Promise<readonly Dirent[]> {
	try {
		return await readdir(folder, {withFileTypes: true});
	} catch (cause) {
		if (!isAsked) {
			// A folder below that may not be read cannot be built from either.
			return [];
		}

		const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
		throw new CliError(
			'CLI_NO_FILE',
			`${folder} cannot be searched (${reason}); name a folder that can be read`,
			{cause},
		);
	}
}
