import {lstat, readdir, stat} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {walk} from './file-inside.ts';
import {type KernelMount, mountAt, mountsIn} from './mountinfo.ts';
import {isOurs, textOf, unseen} from './proc.ts';
import type {Seen} from './processes.ts';
import type {Mount, Target} from './target.ts';

/** A file that was mounted to hand over a secret. */
export interface SecretFile {
	readonly path: string;
	/** The lowest nine bits say who may do what. */
	readonly mode: number;
	readonly uid: number;
	readonly readOnly: boolean;
	/** The kind of file system it lies on; `tmpfs` never reaches a disk. */
	readonly kind: string;
}

const MAX_FILES = 64;

/** Where secrets are handed over, or names that only keys and passwords have. */
const IS_SECRET =
	/^\/(?:var\/)?run\/secrets(?:\/|$)|\/(?:secrets?|credentials?|private)(?:\/|$)|\.(?:key|p12|pfx|keytab|jks)$|\/(?:tls|ssl)(?:\/|$)|(?:password|passwd|token|secret)[^/]{0,32}$/i;

/** File systems whose server may be gone, or may be anybody: whoever asks them waits as long as they like. */
const REMOTE = /^(?:9p|afs|autofs|ceph|cifs|fuse|gluster|lustre|ncp|nfs|smb)/;

/** Mounts that hand over secrets. */
export function secretMounts({mounts}: Pick<Target, 'mounts'>): readonly Mount[] {
	return mounts.filter(({type, destination}) => type !== 'volume' && IS_SECRET.test(destination));
}

/** Files of the mounts that hand over secrets, one folder deep. Their content is never opened. */
export async function secretFilesOf(
	target: Pick<Target, 'id' | 'pid' | 'mounts'>,
	proc = '/proc',
): Promise<Seen<SecretFile>> {
	const root = join(proc, String(target.pid), 'root');
	const info = await textOf(join(proc, String(target.pid), 'mountinfo'));
	const canSee = info !== undefined && (await isThere(root)) && (await isOurs(target.pid, target.id, proc));
	if (!canSee) {
		return unseen;
	}

	const mounts = mountsIn(info);
	const found: SecretFile[] = [];
	for (const {destination} of secretMounts(target)) {
		if (isRemote(mountAt(mounts, destination))) {
			continue;
		}

		// What a link in the container leads to lies in the container.
		const folder = await walk(root, posix.dirname(destination));
		if (typeof folder !== 'object') {
			continue;
		}

		const place = posix.join(folder.path, posix.basename(destination));
		const mount = mountAt(mounts, place);
		if (!isRemote(mount)) {
			found.push(...(await filesAt(root + place, destination, mount, MAX_FILES - found.length)));
		}
	}

	return {seen: true, items: found};
}

function isRemote(mount: KernelMount | undefined): boolean {
	return REMOTE.test(mount?.kind ?? '');
}

async function filesAt(
	place: string,
	path: string,
	mount: KernelMount | undefined,
	room: number,
): Promise<readonly SecretFile[]> {
	const isFolder = (await lstat(place).catch(() => undefined))?.isDirectory() === true;
	const entries = isFolder ? await readdir(place, {withFileTypes: true}).catch(() => []) : undefined;
	const names = entries?.filter(entry => entry.isFile()).map(({name}) => name) ?? [''];
	const files = names.slice(0, Math.max(0, room)).map(async name => {
		const found = await lstat(join(place, name)).catch(() => undefined);
		return found === undefined || !found.isFile()
			? []
			: [
					{
						path: join(path, name),
						mode: found.mode & 0o7777,
						uid: found.uid,
						readOnly: mount?.readOnly ?? false,
						kind: mount?.kind ?? '',
					},
				];
	});
	return (await Promise.all(files)).flat();
}

async function isThere(path: string): Promise<boolean> {
	return (await stat(path).catch(() => undefined)) !== undefined;
}
