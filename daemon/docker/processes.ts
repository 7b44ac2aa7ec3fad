import {readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {groupsOf, isOurs, linkOf, textOf, unseen} from './proc.ts';
import type {Target} from './target.ts';
import {isLoopback, LISTEN, tcpSocketsOf} from './tcp-table.ts';

/** One process of a container, from /proc/PID/status as the kernel tells it to the host. */
export interface Process {
	readonly pid: number;
	readonly name: string;
	/** Effective user, in our own user namespace: 0 is root of this host. */
	readonly uid: number;
	readonly noNewPrivileges: boolean;
	readonly boundingSet: bigint;
	/** How system calls are filtered: 0 not at all, 1 strictly, 2 by a filter; undefined where the kernel cannot. */
	readonly seccomp: number | undefined;
	/** Last part of the program's path; undefined where only its owner may see it. */
	readonly program: string | undefined;
}

/** A socket that listens, in the container's own network namespace. */
export interface Listening {
	readonly port: number;
	readonly loopback: boolean;
}

/** `unseen` when our /proc is not the engine's: then nothing is known, and no probe may pass on it. */
export type Seen<T> =
	| {readonly seen: true; readonly items: readonly T[]}
	| {readonly seen: false; readonly reason: string};

/**
 * Every process of the container, by control group: `docker top` would need a `ps` beside the engine, and a process
 * that `docker exec` started would be missing from the children of PID 1.
 */
export async function processesOf(
	{id, pid}: Pick<Target, 'id' | 'pid'>,
	proc = '/proc',
	cgroups = '/sys/fs/cgroup',
): Promise<Seen<Process>> {
	const groups = await groupsOf(pid, proc);
	if (!groups.includes(id)) {
		return unseen;
	}

	const members = await membersOf(groups, id, cgroups);
	// Without a view of the groups every process is asked for its own: right as well, but dear where there are many.
	const pids =
		members.length > 0 ? members : (await readdir(proc)).filter(name => /^\d+$/.test(name)).map(Number);
	const items: Process[] = [];
	for (const each of pids) {
		const found = (await isOurs(each, id, proc)) ? await processOf(each, proc) : undefined;
		if (found !== undefined) {
			items.push(found);
		}
	}

	return items.length > 0 ? {seen: true, items} : unseen;
}

/** What listens inside the container, TCP over IPv4 and IPv6. */
export async function listeningOf(
	target: Pick<Target, 'id' | 'pid'>,
	proc = '/proc',
): Promise<Seen<Listening>> {
	const sockets = await tcpSocketsOf(target, proc);
	return sockets === undefined
		? unseen
		: {
				seen: true,
				items: sockets
					.filter(({state}) => state === LISTEN)
					.map(({own}) => ({port: own.port, loopback: isLoopback(own.address)})),
			};
}

/** PIDs of the container's group and all groups below it; none where they cannot be seen from here. */
async function membersOf(groups: string, id: string, cgroups: string): Promise<readonly number[]> {
	for (const line of groups.split('\n')) {
		const [, controllers = '', path = ''] = /^\d+:([a-z,]*):(\/[^\n]*)$/.exec(line) ?? [];
		// Version 2 has one tree and no controllers here; of version 1, `pids` is in every engine's groups.
		const folder =
			path.includes(id) && ['', 'pids'].includes(controllers) ? join(cgroups, controllers, path) : undefined;
		const found = folder === undefined ? [] : await pidsBelow(folder, MAX_DEPTH);
		if (found.length > 0) {
			return found;
		}
	}

	return [];
}

/** A container may make groups of its own; nobody makes them this deep. */
const MAX_DEPTH = 4;

async function pidsBelow(folder: string, depth: number): Promise<readonly number[]> {
	const own = (await textOf(join(folder, 'cgroup.procs'))) ?? '';
	const entries = depth === 0 ? [] : await readdir(folder, {withFileTypes: true}).catch(() => []);
	const below: number[] = [];
	for (const entry of entries) {
		below.push(...(entry.isDirectory() ? await pidsBelow(join(folder, entry.name), depth - 1) : []));
	}

	return [...own.split('\n').filter(Boolean).map(Number), ...below];
}

async function processOf(pid: number, proc: string): Promise<Process | undefined> {
	const status = await textOf(join(proc, String(pid), 'status'));
	if (status === undefined) {
		return; // It ended meanwhile.
	}

	// The name comes first and is the only field a process chooses; the kernel escapes its newlines.
	const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
	const uid = Number(field('Uid').split(/\s+/)[1] || Number.NaN);
	const capabilities = field('CapBnd');
	if (!Number.isInteger(uid) || !/^[0-9a-f]{16}$/.test(capabilities)) {
		return; // A zombie on its way out.
	}

	return {
		pid,
		name: field('Name').slice(0, 64),
		uid,
		noNewPrivileges: field('NoNewPrivs') === '1',
		boundingSet: BigInt(`0x${capabilities}`),
		seccomp: field('Seccomp') === '' ? undefined : Number(field('Seccomp')),
		program: await programOf(pid, proc),
	};
}

/** A program that was replaced or removed while it runs is marked by the kernel. */
async function programOf(pid: number, proc: string): Promise<string | undefined> {
	const path = await linkOf(join(proc, String(pid), 'exe'));
	return path === undefined ? undefined : basename(path.replace(/ \(deleted\)$/, '')).slice(0, 64);
}
