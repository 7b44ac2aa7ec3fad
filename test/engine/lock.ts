import {mkdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {setTimeout as wait} from 'node:timers/promises';

export interface LockOptions {
	readonly signal?: AbortSignal | undefined;
	/** Told once, when somebody else has the lock. */
	readonly onWait?: () => void;
}

const SQLITE_BUSY = 5;

/**
 * Runs `work` while no other process (and no other caller in this one) is inside the same lock.
 *
 * The lock is an exclusive SQLite transaction: the kernel lets go of it when its holder dies, so it is
 * never stale, and unlike a file with a process id in it, nobody has to guess whether the holder lives.
 */
export async function withLock<T>(
	path: string,
	work: () => Promise<T>,
	options: LockOptions = {},
): Promise<T> {
	mkdirSync(dirname(path), {recursive: true, mode: 0o700});
	const database = new DatabaseSync(path);
	try {
		if (!taken(database)) {
			options.onWait?.();
			do {
				await wait(100, undefined, {signal: options.signal});
			} while (!taken(database));
		}

		return await work();
	} finally {
		// Closing rolls the empty transaction back, which is what frees the lock.
		database.close();
	}
}

function taken(database: DatabaseSync): boolean {
	try {
		database.exec('BEGIN EXCLUSIVE');
		return true;
	} catch (error) {
		if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
			return false;
		}

		throw error;
	}
}
