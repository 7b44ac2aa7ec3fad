import {realpathSync} from 'node:fs';
import {join} from 'node:path';
import {type KernelMount, mountAt, mountsIn} from './mountinfo.ts';
import {isOurs, textOf} from './proc.ts';
import type {Target} from './target.ts';

/**
 * Those mount points of a container that are one of these paths of the host, or a folder above one, under whatever name: the kernel
 * writes down which folder of which file system is mounted, and has followed every link. Only its tables are read, never the
 * mounts: a file system whose server is gone would keep whoever asks it for ever. Undefined where the tables cannot be seen.
 * @param files paths as this daemon reaches them, or the host
 */
export async function pointsReaching(
	{id, pid, mounts}: Pick<Target, 'id' | 'pid' | 'mounts'>,
	files: readonly string[],
	proc = '/proc',
): Promise<readonly string[] | undefined> {
	if (mounts.length === 0) {
		return [];
	}

	const [inside, ...outside] = await Promise.all(
		[String(pid), '1', 'self'].map(process => textOf(join(proc, process, 'mountinfo'))),
	);
	if (inside === undefined || !(await isOurs(pid, id, proc))) {
		return undefined;
	}

	const tables = outside.flatMap(table => (table === undefined ? [] : [mountsIn(table)]));
	const wanted = files.flatMap(file => tables.map(table => placeOf(realPath(file), table)));
	const own = mountsIn(inside);
	return mounts
		.map(({destination}) => destination)
		.filter(destination => {
			const mount = mountAt(own, destination);
			return mount !== undefined && wanted.some(place => holds(mount, place));
		});
}

/** A folder or file of a file system, wherever that is mounted. */
interface Place {
	readonly device: string;
	readonly path: string;
}

/** Where a path lies, by the mount that it is seen through: the deepest, and of those the last. */
function placeOf(path: string, table: readonly KernelMount[]): Place | undefined {
	const above = table.filter(({point}) => isAtOrBelow(path, point));
	const deepest = Math.max(0, ...above.map(({point}) => point.length));
	const mount = above.findLast(({point}) => point.length === deepest);
	return (
		mount && {
			device: mount.device,
			path: joined(mount.root, path.slice(mount.point === '/' ? 0 : mount.point.length)),
		}
	);
}

function holds({device, root}: KernelMount, place: Place | undefined): boolean {
	return place !== undefined && device === place.device && isAtOrBelow(place.path, root);
}

function isAtOrBelow(path: string, folder: string): boolean {
	return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}

function joined(root: string, rest: string): string {
	const path = `${root === '/' ? '' : root}${rest === '/' ? '' : rest}`;
	return path === '' ? '/' : path;
}

/** The engine's own folders and sockets: names that this daemon was given or knows, and no container chooses. */
function realPath(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		return path;
	}
}
