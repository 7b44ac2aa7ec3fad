import {statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {type ControlGroup, controlGroupOf} from './cgroup.ts';
import {type KernelMount, mountsIn} from './mountinfo.ts';
import {groupsOf, linkOf, textOf, unseen} from './proc.ts';
import type {Target} from './target.ts';

/**
 * What the kernel makes of a container's settings, by its first process. A part that is undefined could not be read, and
 * no probe may pass on it.
 */
export interface Kernel {
	/** Those namespaces that are the host's own; undefined where only their owner may see them. */
	readonly shared: readonly KernelNamespace[] | undefined;
	readonly mounts: readonly KernelMount[] | undefined;
	readonly limits: Readonly<Record<string, {readonly soft: number; readonly hard: number}>> | undefined;
	/** The host's user who is root inside; undefined where there is no root inside. */
	readonly rootIs: number | undefined;
	/** What confines the first process; empty where nothing is loaded that could. */
	readonly confinement: string;
	readonly confines: 'AppArmor' | 'SELinux' | undefined;
	readonly group: ControlGroup | undefined;
	/** Free part of the file system under the container's root, 0 to 1. */
	readonly freeDisk: number | undefined;
}

const namespaces = ['net', 'pid', 'ipc', 'uts', 'user', 'mnt', 'cgroup'] as const;
type KernelNamespace = (typeof namespaces)[number];

export type SeenKernel =
	| {readonly seen: true; readonly kernel: Kernel}
	| {readonly seen: false; readonly reason: string};

/** Reads the kernel's view of a container. Never throws. */
export async function kernelOf(
	{id, pid}: Pick<Target, 'id' | 'pid'>,
	proc = '/proc',
	cgroups = '/sys/fs/cgroup',
	modules = '/sys',
): Promise<SeenKernel> {
	const groups = await groupsOf(pid, proc);
	if (!groups.includes(id)) {
		return unseen;
	}

	const own = join(proc, String(pid));
	const [shared, mountinfo, limits, uidMap, attr, confines, group, freeDisk] = await Promise.all([
		sharedWithHost(own, proc),
		textOf(join(own, 'mountinfo')),
		textOf(join(own, 'limits')),
		textOf(join(own, 'uid_map')),
		textOf(join(own, 'attr', 'current')),
		confinesHere(modules),
		controlGroupOf(groups, id, cgroups),
		freeDiskOf(join(own, 'root')),
	]);
	// Between the first file and the last the process may have ended, and its number may be another's.
	if (!(await groupsOf(pid, proc)).includes(id)) {
		return unseen;
	}

	const kernel: Kernel = {
		shared,
		mounts: mountinfo === undefined ? undefined : mountsIn(mountinfo),
		limits: limits === undefined ? undefined : limitsIn(limits),
		rootIs: uidMap === undefined ? undefined : rootIn(uidMap),
		confinement: (attr ?? '').replaceAll('\0', '').trim().slice(0, 256),
		confines,
		group,
		freeDisk,
	};
	return {seen: true, kernel};
}

/** Only whoever may trace a process sees its namespaces. */
async function sharedWithHost(own: string, proc: string): Promise<Kernel['shared']> {
	const pairs = await Promise.all(
		namespaces.map(async name => {
			const [its, hosts] = await Promise.all([
				linkOf(join(own, 'ns', name)),
				linkOf(join(proc, '1', 'ns', name)),
			]);
			return {name, its, hosts};
		}),
	);
	// Both must be seen: a namespace is not the container's own because the host's could not be looked at.
	const isBlind = pairs.some(
		({name, its, hosts}) => name !== 'cgroup' && (its === undefined || hosts === undefined),
	);
	return isBlind
		? undefined
		: pairs.filter(({its, hosts}) => its !== undefined && its === hosts).map(({name}) => name);
}

/** Lines of /proc/PID/limits, such as `Max open files  1024  524288  files`. */
const limitNames: Readonly<Record<string, string>> = {
	'Max open files': 'nofile',
	'Max processes': 'nproc',
	'Max core file size': 'core',
	'Max locked memory': 'memlock',
	'Max stack size': 'stack',
	'Max file size': 'fsize',
};

function limitsIn(text: string): NonNullable<Kernel['limits']> {
	const entries = text.split('\n').flatMap(line => {
		const [, title = '', soft = '', hard = ''] = /^(Max [a-z ]{1,20}?) {2,}(\S+) +(\S+)/.exec(line) ?? [];
		const name = limitNames[title];
		return name === undefined ? [] : [[name, {soft: numberOf(soft), hard: numberOf(hard)}] as const];
	});
	return Object.fromEntries(entries);
}

/** As ulimits are written in the engine's settings: -1 is no limit. */
function numberOf(text: string): number {
	return text === 'unlimited' ? -1 : Number(text);
}

/** Who is user 0 inside; the kernel writes it from our own user namespace. */
function rootIn(text: string): number | undefined {
	for (const line of text.split('\n')) {
		const [inside, outside, size] = line.trim().split(/\s+/).map(Number);
		if (inside === 0 && outside !== undefined && size !== undefined && size > 0) {
			return outside;
		}
	}

	return undefined;
}

async function confinesHere(modules: string): Promise<Kernel['confines']> {
	const [appArmor, enforce] = await Promise.all([
		textOf(join(modules, 'module/apparmor/parameters/enabled')),
		textOf(join(modules, 'fs/selinux/enforce')),
	]);
	if (appArmor?.trim() === 'Y') {
		return 'AppArmor';
	}

	return enforce === undefined ? undefined : 'SELinux';
}

async function freeDiskOf(root: string): Promise<number | undefined> {
	try {
		const {blocks, bfree, bavail} = await statfs(root);
		// As df counts: what is kept back for root, or for nobody, is neither used nor free.
		const countable = blocks - bfree + bavail;
		return countable > 0 ? bavail / countable : undefined;
	} catch {
		return undefined;
	}
}
