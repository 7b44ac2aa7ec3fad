import {spawn} from 'node:child_process';
import {openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
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

/** Starts the run gate in the background, with a record of the demo's own, and waits until it answers. */
export async function startDaemon(
	folder: string,
	engine: EngineHandle,
	say: (line: string) => void,
	options: readonly string[] = [],
): Promise<Daemon> {
	await stopDaemon(folder);
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
	child.unref();
	writeFileSync(join(folder, 'daemon.pid'), `${child.pid}\n`, {mode: 0o600});
	say('starting the daemon …');
	const url = `http://127.0.0.1:${port}`;
	const until = Date.now() + PATIENCE_MS;
	while (!(await answers(`${url}/readyz`))) {
		if (Date.now() > until || child.exitCode !== null) {
			throw new Error(`The daemon did not start; it wrote why to ${log}`);
		}

		await sleep(100);
	}

	return {url, pid: child.pid ?? 0, log};
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

async function answers(url: string): Promise<boolean> {
	try {
		return (await fetch(url, {signal: AbortSignal.timeout(2000)})).ok;
	} catch {
		return false;
	}
}
