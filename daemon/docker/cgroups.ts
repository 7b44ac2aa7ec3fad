import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Whoever makes groups without end must not keep us busy without end. */
const MAX_FOLDERS = 20_000;
const MAX_DEPTH = 8;

/**
 * Ids of containers whose control groups the kernel has, whichever engine made them; undefined where the groups cannot be
 * read. Groups of containers within containers are their own business.
 */
export async function containersInKernel(root = '/sys/fs/cgroup'): Promise<ReadonlySet<string> | undefined> {
	const tree = await treeOf(root);
	if (tree === undefined) {
		return undefined;
	}

	const alive = new Set<string>();
	for (const [id, folder] of await groupsBelow(tree)) {
		if (await isPeopled(folder, 4)) {
			alive.add(id);
		}
	}

	return alive;
}

/** Folders of containers, by id: one level after the other, never into one that is a container's. */
async function groupsBelow(tree: string): Promise<ReadonlyMap<string, string>> {
	const found = new Map<string, string>();
	let folders: readonly string[] = [tree];
	let left = MAX_FOLDERS;
	for (let depth = 0; depth < MAX_DEPTH && folders.length > 0; depth += 1) {
		const below: string[] = [];
		for (const folder of folders) {
			const names = left > 0 ? await foldersIn(folder) : [];
			left -= 1 + names.length;
			below.push(...names.filter(name => !isGroup(name)).map(name => join(folder, name)));
			for (const name of names.filter(isGroup)) {
				found.set(idIn(name) ?? '', join(folder, name));
			}
		}

		folders = below;
	}

	return found;
}

function isGroup(name: string): boolean {
	return idIn(name) !== undefined;
}

/** `ID` alone under cgroupfs; `docker-ID.scope`, `libpod-ID.scope` under systemd. */
function idIn(name: string): string | undefined {
	return /(?:^|-)([0-9a-f]{64})(?:\.scope)?$/.exec(name)?.[1];
}

/** Version 2 is one tree; of version 1, `pids` is in every engine's groups, and `systemd` where it is not. */
async function treeOf(root: string): Promise<string | undefined> {
	const names: readonly string[] = await readdir(root).catch(() => []);
	if (names.includes('cgroup.controllers')) {
		return root;
	}

	const kind = ['pids', 'systemd', 'memory'].find(name => names.includes(name));
	return kind === undefined ? undefined : join(root, kind);
}

/** A group that nobody is in is one that is being made or taken away. */
async function isPeopled(folder: string, depth: number): Promise<boolean> {
	const processes = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
	if (processes.trim() !== '' || depth === 0) {
		return processes.trim() !== '';
	}

	for (const name of await foldersIn(folder)) {
		if (await isPeopled(join(folder, name), depth - 1)) {
			return true;
		}
	}

	return false;
}

async function foldersIn(folder: string): Promise<readonly string[]> {
	const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
	return entries.filter(entry => entry.isDirectory()).map(({name}) => name);
}
