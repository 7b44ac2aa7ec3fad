import {existsSync, globSync, readdirSync, readFileSync, rmdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import type {Layout} from './layout.ts';

/**
 * Every process of this engine: dockerd, containerd, shims, and the processes in its containers.
 *
 * A recorded process id may by now be somebody else's, so none is trusted. What is ours is known by what only
 * ours has: a mount of the engine's own socket folder, or membership in the engine's own control group.
 */
export function processesOf({home, bridge}: Layout): number[] {
	const mark = ` ${join(home, 'run')} `;
	const daemons = readdirSync('/proc').filter(
		name => /^\d+$/.test(name) && read(`/proc/${name}/mountinfo`).includes(mark),
	);
	const members = groupsOf(bridge)
		.map(group => join(group, 'cgroup.procs'))
		.flatMap(path => read(path).split('\n'))
		.filter(line => line !== '' && line !== '0');
	return [...new Set([...daemons, ...members].map(Number))];
}

/** Removes the engine's control groups, which dockerd leaves, once there are no processes in them. */
export function removeGroups({bridge}: Layout): void {
	for (const group of groupsOf(bridge).sort((one, other) => other.length - one.length)) {
		try {
			rmdirSync(group);
		} catch {
			// Somebody is still in there, or it went by itself; an empty group costs nothing.
		}
	}
}

/** Whether any process has this folder as its root. */
export function livesIn(root: string): boolean {
	const wanted = identityOf(root);
	return readdirSync('/proc').some(
		name => /^\d+$/.test(name) && identityOf(`/proc/${name}/root/`) === wanted,
	);
}

/** Ends what is left of an engine whose dockerd is gone, as after `kill -9` of dockerd alone. */
export async function endProcesses(layout: Layout): Promise<void> {
	for (let round = 0; round < 50; round += 1) {
		const left = processesOf(layout);
		if (left.length === 0) {
			return;
		}

		for (const pid of left) {
			endProcess(pid, round < 10 ? 'SIGTERM' : 'SIGKILL');
		}

		await wait(100);
	}
}

/** Sends a signal; a process that is already gone is what was wanted. */
export function endProcess(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) {
			throw error;
		}
	}
}

/** When a process began, in clock ticks since boot; with its id this names it for as long as the machine is up. */
export function startOf(pid: number): string | undefined {
	// proc_pid_stat(5): the name in parentheses may hold spaces and parentheses; start time is field 22.
	const stat = read(`/proc/${pid}/stat`);
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** The random id the kernel gives to each boot. */
export function boot(): string {
	return read('/proc/sys/kernel/random/boot_id').trim();
}

/** The engine's folders in every hierarchy there is: one with cgroup v2, a dozen with v1. */
function groupsOf(bridge: string): string[] {
	return globSync([`/sys/fs/cgroup/${bridge}/**/`, `/sys/fs/cgroup/*/${bridge}/**/`]);
}

function identityOf(folder: string): string | undefined {
	try {
		const {dev, ino} = statSync(folder);
		return `${dev}:${ino}`;
	} catch {
		// It ended, or it is one of those that even root may not look into.
		return undefined;
	}
}

function read(path: string): string {
	try {
		return existsSync(path) ? readFileSync(path, 'utf8') : '';
	} catch {
		// It ended between being listed and being read.
		return '';
	}
}
