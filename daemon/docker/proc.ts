import {closeSync, openSync, readlinkSync, readSync} from 'node:fs';
import {join} from 'node:path';

/** More of one file of /proc is nobody's honest doing: a container may make mounts and groups without end. */
const MAX_BYTES = 512 * 1024;

/**
 * A file of /proc or of the control groups; undefined for what is gone, forbidden or not there. Read at once: the kernel makes
 * these texts in microseconds, and a pool of threads would cost several times that. MUST NOT be asked for what the process
 * itself can make slow: its command line, its environment, its memory.
 */
export async function textOf(path: string): Promise<string | undefined> {
	let file: number | undefined;
	try {
		file = openSync(path, 'r');
		const chunks: Buffer[] = [];
		for (let length = 0; length < MAX_BYTES; ) {
			// These files have no size: they are read until they end.
			const bytesRead = readSync(file, page);
			if (bytesRead === 0) {
				break;
			}

			length += bytesRead;
			chunks.push(Buffer.from(page.subarray(0, bytesRead)));
		}

		return Buffer.concat(chunks).toString('utf8');
	} catch {
		return undefined;
	} finally {
		if (file !== undefined) {
			closeSync(file);
		}
	}
}

/** What is read goes out of it before anybody else has a turn. */
const page = Buffer.alloc(16_384);

/** Where a link of /proc leads, as the kernel writes it. */
export async function linkOf(path: string): Promise<string | undefined> {
	try {
		return readlinkSync(path).slice(0, 4096).toWellFormed();
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
