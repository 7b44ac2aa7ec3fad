import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';

/** A daemon in a process of its own, run from its sources. */
export interface DaemonProcess {
	readonly process: ChildProcessByStdio<null, Readable, Readable>;
	/** Parsed lines of standard error so far. */
	readonly lines: () => readonly Record<string, unknown>[];
	/** Waits for the n-th line with that code, the first by default. */
	readonly event: (code: string, nth?: number) => Promise<Record<string, unknown>>;
	readonly exit: Promise<number | string>;
}

const main = new URL('../../cli/main.ts', import.meta.url).pathname;
const PATIENCE_MS = 20_000;

export function startDaemon(t: ExecutionContext, host: string, argv: readonly string[]): DaemonProcess {
	const child = spawn(process.execPath, [main, 'daemon', '--docker-host', host, ...argv], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	t.teardown(() => child.kill('SIGKILL'));
	let text = '';
	child.stderr.on('data', (chunk: Buffer) => {
		text += chunk.toString();
	});
	const exit = once(child, 'exit').then(([code, signal]) => code ?? signal);
	const lines = (): readonly Record<string, unknown>[] =>
		text
			.split('\n')
			.slice(0, -1)
			.filter(line => line.startsWith('{'))
			.map(line => JSON.parse(line));
	return {
		process: child,
		lines,
		exit,
		event: async (code, nth = 1) => {
			for (let waited = 0; waited < PATIENCE_MS; waited += 25) {
				const line = lines().filter(({event}) => event === code)[nth - 1];
				if (line !== undefined) {
					return line;
				}

				await sleep(25);
			}

			throw new Error(`No ${code} within ${PATIENCE_MS} ms; the daemon said:\n${text}`);
		},
	};
}

/** Options that keep a daemon in a folder of its own. */
export function at(path: string): readonly string[] {
	return ['--state', path, '--socket', join(path, 'api.sock'), '--listen', '127.0.0.1:0'];
}
