import {randomUUID} from 'node:crypto';
import {chmod, mkdir, open, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {DaemonError, reasonOf} from './error.ts';

/** The shape of this folder. A later one takes the next number, and knows how to go on from this. */
const STATE_VERSION = 1;

/** The daemon's own folder, held by one process at a time. */
export interface StateDir {
	readonly path: string;
	/** `urn:uuid:…`; stays the same for the life of the folder. */
	readonly hostId: string;
	/** Lets another daemon have the folder. */
	release(): Promise<void>;
}

/**
 * Makes the folder private and takes it. A lock whose process is gone is taken over.
 * @throws {DaemonError} STATE_LOCKED, or CONFIG_INVALID when the folder cannot be used
 */
export async function takeStateDir(path: string, proc = '/proc'): Promise<StateDir> {
	try {
		await mkdir(path, {recursive: true, mode: 0o700});
		await chmod(path, 0o700);
	} catch (cause) {
		const remedy = `it must belong to this user (${process.getuid?.()})`;
		throw new DaemonError(
			'CONFIG_INVALID',
			`The state folder ${path} cannot be used, ${remedy}: ${reasonOf(cause)}`,
			{
				cause,
			},
		);
	}

	const lock = join(path, 'lock');
	await takeLock(lock, proc);
	try {
		await refuseNewer(join(path, 'version'));
	} catch (error) {
		await rm(lock, {force: true});
		throw error;
	}

	return {path, hostId: await openHostId(join(path, 'host-id')), release: () => rm(lock, {force: true})};
}

/** A folder without a number is of the first shape. */
async function refuseNewer(file: string): Promise<void> {
	if (await create(file, `${STATE_VERSION}\n`)) {
		return;
	}

	const found = (await readFile(file, 'utf8')).trim();
	if (found === '') {
		// A power cut between making the file and writing it: nobody got further than that.
		await rm(file);
		return refuseNewer(file);
	}

	const version = /^\d{1,6}$/.test(found) ? Number(found) : Number.POSITIVE_INFINITY;
	if (version > STATE_VERSION) {
		throw new DaemonError(
			'STATE_TOO_NEW',
			`${file} says that a newer version of Sallyport kept this folder (${JSON.stringify(found.slice(0, 20))}, and this one knows ${STATE_VERSION}); start that version again, or give this one its own --state`,
		);
	}
}

async function takeLock(lock: string, proc: string): Promise<void> {
	const self = `${process.pid} ${await startOf(process.pid, proc)}\n`;
	for (const isLast of [false, true]) {
		if (await create(lock, self)) {
			return;
		}

		const holder = (await readFile(lock, 'utf8').catch(() => '')).trim();
		const [pid = '', start = ''] = holder.split(' ');
		// A PID alone may have been given to somebody else since; with its start time it names one process.
		const isAlive = start !== '' && (await startOf(Number(pid), proc)) === start;
		if (isAlive || isLast) {
			throw new DaemonError(
				'STATE_LOCKED',
				`Another daemon (process ${pid || '?'}) holds ${lock}; stop it, or give this one its own --state`,
			);
		}

		await rm(lock, {force: true});
	}
}

/** True when the file was made now; false when it was there. `wx` cannot be won by two. */
async function create(path: string, content: string): Promise<boolean> {
	try {
		await using file = await open(path, 'wx', 0o600);
		await file.writeFile(content);
		await file.sync();
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
			return false;
		}

		throw new DaemonError('CONFIG_INVALID', `${path} cannot be written: ${reasonOf(error)}`, {cause: error});
	}
}

/** When a process started, in the kernel's ticks; empty when there is none. Field 22 of stat, proc(5). */
async function startOf(pid: number, proc: string): Promise<string> {
	const stat = await readFile(join(proc, String(pid), 'stat'), 'utf8').catch(() => '');
	// The name in parentheses may hold anything, so fields are counted after its end.
	return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function openHostId(path: string): Promise<string> {
	await create(path, `urn:uuid:${randomUUID()}\n`);
	const text = (await readFile(path, 'utf8')).trim();
	if (!/^urn:uuid:[0-9a-f-]{36}$/.test(text)) {
		throw new DaemonError(
			'CONFIG_INVALID',
			`${path} does not hold a host id (urn:uuid:…); restore it from its copy`,
		);
	}

	return text;
}
