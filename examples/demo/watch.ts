import {spawn} from 'node:child_process';
import {closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {EngineHandle} from '../../test/engine/engine.ts';
import {freePort} from './ports.ts';

export interface Daemon {
	/** Base of its HTTP API. */
	readonly url: string;
	readonly pid: number;
	readonly log: string;
}

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** Loading, keys and the first checkpoint take less than a second; a busy machine may take longer. */
const PATIENCE_MS = 30_000;

/**
 * Starts the run gate in the background, with a record of the demo's own, and waits until it can record. A record that an
 * earlier run left and that is broken is put aside, not continued and not deleted: that is what a broken record is for.
 */
export async function startDaemon(
	folder: string,
	engine: EngineHandle,
	say: (line: string) => void,
	options: readonly string[] = [],
): Promise<Daemon> {
	await stopDaemon(folder);
	say('starting the daemon …');
	const {daemon, broken} = await launch(folder, engine, options);
	if (broken === undefined) {
		return daemon;
	}

	await stopDaemon(folder);
	const aside = join(folder, `state-broken-${Date.now()}`);
	renameSync(join(folder, 'state'), aside);
	say(`the record of an earlier demo cannot be continued, it is kept in ${aside}: ${broken}`);
	const again = await launch(folder, engine, options);
	if (again.broken !== undefined) {
		throw new Error(`A new record is broken from its start: ${again.broken}`);
	}

	return again.daemon;
}

interface Launched {
	readonly daemon: Daemon;
	/** Why nothing can be recorded. */
	readonly broken: string | undefined;
}

async function launch(folder: string, engine: EngineHandle, options: readonly string[]): Promise<Launched> {
	const port = await freePort(7443);
	const log = join(folder, 'daemon.log');
	const out = openSync(log, 'a', 0o600);
	const args = [cli, 'daemon', '--state', join(folder, 'state'), '--socket', join(folder, 'api.sock')];
	const child = spawn(
		process.execPath,
		[...args, '--listen', `127.0.0.1:${port}`, '--docker-host', engine.host, ...options],
		{
			detached: true,
			stdio: ['ignore', out, out],
		},
	);
	closeSync(out);
	child.unref();
	writeFileSync(join(folder, 'daemon.pid'), `${child.pid}\n`, {mode: 0o600});
	const url = `http://127.0.0.1:${port}`;
	const until = Date.now() + PATIENCE_MS;
	for (;;) {
		const integrity = await integrityOf(`${url}/readyz`);
		if (integrity !== undefined) {
			return {daemon: {url, pid: child.pid ?? 0, log}, broken: integrity.reason};
		}

		if (Date.now() > until || child.exitCode !== null) {
			throw new Error(`The daemon did not start; it wrote why to ${log}`);
		}

		await sleep(100);
	}
}

/** Ends the daemon that an earlier run left, if it still is that one. */
export async function stopDaemon(folder: string): Promise<void> {
	const file = join(folder, 'daemon.pid');
	const pid = readPid(file);
	if (pid === undefined || !isOurs(pid, folder)) {
		return;
	}

	process.kill(pid, 'SIGTERM');
	for (let waits = 0; waits < 100 && isOurs(pid, folder); waits += 1) {
		await sleep(100);
	}

	rmSync(file, {force: true});
}

function readPid(file: string): number | undefined {
	try {
		const pid = Number(readFileSync(file, 'utf8'));
		return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
	} catch {
		return undefined;
	}
}

/** Process ids are used again: only one whose arguments name our folder is the daemon we started. */
function isOurs(pid: number, folder: string): boolean {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(join(folder, 'state'));
	} catch {
		return false;
	}
}

/** What the daemon says of its log, once it answers; a reason only when the log is broken. */
async function integrityOf(url: string): Promise<{readonly reason?: string} | undefined> {
	try {
		const response = await fetch(url, {signal: AbortSignal.timeout(2000)});
		return ((await response.json()) as {integrity: {readonly reason?: string}}).integrity;
	} catch {
		return undefined;
	}
}
