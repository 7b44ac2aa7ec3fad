import {open, readlink} from 'node:fs/promises';
import {join} from 'node:path';

/** More of one file of /proc is nobody's honest doing: a container may make mounts and groups without end. */
const MAX_BYTES = 512 * 1024;

/** A file of /proc or of the control groups; undefined for what is gone, forbidden or not there. */
export async function textOf(path: string): Promise<string | undefined> {
	try {
		await using file = await open(path, 'r');
		const chunks: Buffer[] = [];
		for (let length = 0; length < MAX_BYTES; ) {
			// These files have no size: they are read until they end.
			const {bytesRead, buffer} = await file.read(Buffer.allocUnsafe(16_384), 0, 16_384);
			if (bytesRead === 0) {
				break;
			}

			length += bytesRead;
			chunks.push(buffer.subarray(0, bytesRead));
		}

		return Buffer.concat(chunks).toString('utf8');
	} catch {
		return undefined;
	}
}

/** Where a link of /proc leads, as the kernel writes it. */
export async function linkOf(path: string): Promise<string | undefined> {
	try {
		return (await readlink(path)).slice(0, 4096).toWellFormed();
	} catch {
		return undefined;
	}
}

/** The control groups of a process. */
export async function groupsOf(pid: number, proc: string): Promise<string> {
	return pid > 0 ? ((await textOf(join(proc, String(pid), 'cgroup'))) ?? '') : '';
}

/** A PID means something only if its control group names the container: PIDs are reused, and may be another machine's. */
export async function isOurs(pid: number, id: string, proc: string): Promise<boolean> {
	return (await groupsOf(pid, proc)).includes(id);
}

export const unseen = {
	seen: false,
	reason: "the container's processes are not in this daemon's /proc; run it in the host's PID namespace",
} as const;
