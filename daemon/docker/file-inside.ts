import {lstat, readlink} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {archivedFactsOf, type FileFacts, type OpenArchive} from './file-facts.ts';
import {isOurs} from './proc.ts';
import type {Target} from './target.ts';

export interface FileSources {
	readonly target: Pick<Target, 'id' | 'pid' | 'mounts' | 'settings'>;
	/** The engine, which is asked where the kernel's view is not to be had. */
	readonly open: OpenArchive;
	readonly proc?: string;
}

/**
 * How a file lies in a running container. The kernel's view comes first: the engine shows no tmpfs, and may show what lies under
 * one. `hidden` where only that is left.
 * @throws {DaemonError} when the engine cannot be asked, `FILE_REFUSED` for a chain of links without end
 */
export async function fileFactsOf(
	{target, open, proc = '/proc'}: FileSources,
	path: string,
	signal: AbortSignal,
): Promise<FileFacts | 'hidden' | undefined> {
	const seen = (await isOurs(target.pid, target.id, proc))
		? await walk(join(proc, String(target.pid), 'root'), path)
		: 'unreadable';
	if (seen !== 'unreadable') {
		return seen;
	}

	return isOnTmpfs(target, path) ? 'hidden' : archivedFactsOf(open, path, signal);
}

function isOnTmpfs({mounts, settings}: FileSources['target'], path: string): boolean {
	const places = [
		...settings.tmpfs,
		...mounts.filter(({type}) => type === 'tmpfs').map(({destination}) => destination),
	];
	return places.some(place => path === place || path.startsWith(`${place.replace(/\/$/, '')}/`));
}

/** As many as Linux follows before it gives up. */
const MAX_LINKS = 40;

/** Folder by folder, and links by hand: an absolute one would lead into the host's own files. */
export async function walk(root: string, path: string): Promise<FileFacts | 'unreadable' | undefined> {
	let rest = partsOf(path);
	let at = '/';
	for (let links = 0; links <= MAX_LINKS; ) {
		const [part = '', ...more] = rest;
		const next = posix.join(at, part);
		const found = await lookAt(root + next);
		if (found === undefined || found === 'unreadable') {
			return found;
		}

		if (found.link !== undefined) {
			links += 1;
			rest = partsOf(posix.join(posix.resolve(at, found.link), ...more));
			at = '/';
		} else if (more.length === 0) {
			return {...found.facts, path: next};
		} else {
			rest = more;
			at = next;
		}
	}

	return 'unreadable';
}

function partsOf(path: string): readonly string[] {
	return posix.normalize(path).split('/').filter(Boolean);
}

interface Found {
	readonly link: string | undefined;
	readonly facts: Omit<FileFacts, 'path'>;
}

async function lookAt(path: string): Promise<Found | 'unreadable' | undefined> {
	try {
		const stat = await lstat(path);
		const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
		return {
			link: stat.isSymbolicLink() ? await readlink(path) : undefined,
			facts: {kind, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid},
		};
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? error.code : undefined;
		return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : 'unreadable';
	}
}
