import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {cpSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {build} from 'esbuild';

/** A daemon that mostly waits gains nothing from optimized code and much from not keeping it; see daemon/README.md. */
const thrift = [
	'--max-semi-space-size=1',
	'--optimize-for-size',
	'--no-opt',
	'--no-maglev',
	'--no-sparkplug',
];
/** USER_HZ of Linux: ticks of a process's CPU time in a second. */
const TICKS = 100;

/** The daemon as its image runs it. @param main as `bundleDaemon` made it @param folder for its state; the caller removes it */
export function startDaemon(
	main: string,
	folder: string,
	dockerHost: string,
	flags: readonly string[] = [],
): ChildProcessByStdio<null, null, Readable> {
	const usual = [
		'--docker-host',
		dockerHost,
		'--state',
		join(folder, 'state'),
		'--socket',
		join(folder, 'api.sock'),
		'--listen',
		'127.0.0.1:0',
	];
	return spawn(process.execPath, [...thrift, main, 'daemon', ...usual, ...flags], {
		stdio: ['ignore', 'ignore', 'pipe'],
		env: {...process.env, MALLOC_ARENA_MAX: '1'},
	});
}

/** This tree's program as the image has it: one file, and the files that it reads beside it. @returns the file */
export async function bundleDaemon(folder: string): Promise<string> {
	const root = new URL('../../', import.meta.url).pathname;
	const app = join(folder, 'app');
	const main = join(app, 'daemon', 'cli', 'main.mjs');
	// dockerode's way to engines over SSH, which the daemon does not offer.
	const none = join(folder, 'none.cjs');
	writeFileSync(none, 'module.exports = {};');
	await build({
		entryPoints: [join(root, 'cli', 'main.ts')],
		bundle: true,
		platform: 'node',
		target: 'node24',
		format: 'esm',
		outfile: main,
		alias: {ssh2: none},
		banner: {
			js: "import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);",
		},
		logLevel: 'error',
	});
	cpSync(join(root, 'policies', 'bundles'), join(app, 'daemon', 'policies', 'bundles'), {recursive: true});
	cpSync(join(root, 'proto'), join(app, 'proto'), {recursive: true, filter: path => !path.endsWith('.ts')});
	return main;
}

/** Processor time of a process so far, in seconds: fields 14 and 15 of proc(5) stat; the name in parentheses may hold spaces. */
export function cpuSecondsOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Resident memory, in MB. */
export function residentOf(pid: number): number {
	const [, kilobytes = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
	return Number(kilobytes) / 1000;
}
