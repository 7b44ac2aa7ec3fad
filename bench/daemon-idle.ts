import {spawn} from 'node:child_process';
import {cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {build} from 'esbuild';
import {openDocker} from '../test/helpers/docker.ts';
import {buildTarget, startTarget} from '../test/helpers/target.ts';

// What the daemon uses at rest: every container verified, one look a minute at each. Measured as it ships: one bundle,
// because a daemon that strips types itself keeps the compiler in memory.
// Repeat: npm run bench -- daemon-idle [containers] [seconds]

const count = Number(process.argv[2] ?? 20);
const seconds = Number(process.argv[3] ?? 180);
/** Let everything be verified, and the first look be forgotten, before anything is counted. */
const settleMs = 30_000;
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

const docker = await openDocker();
const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const ids = await Promise.all(Array.from({length: count}, () => startTarget(docker, tag)));
const main = await bundle(join(folder, 'app'));
const flags = [
	'--state',
	join(folder, 'state'),
	'--socket',
	join(folder, 'api.sock'),
	'--listen',
	'127.0.0.1:0',
];
const daemon = spawn(
	process.execPath,
	[...thrift, main, 'daemon', '--docker-host', docker.engine.host, ...flags],
	{
		stdio: ['ignore', 'ignore', 'pipe'],
		env: {...process.env, MALLOC_ARENA_MAX: '1'},
	},
);
let verified = 0;
daemon.stderr.on('data', (chunk: Buffer) => {
	verified += chunk.toString().split('TARGET_VERIFIED').length - 1;
});

try {
	await sleep(settleMs);
	const pid = daemon.pid ?? 0;
	const before = ticksOf(pid);
	const memory: number[] = [];
	for (let second = 0; second < seconds; second += 1) {
		await sleep(1000);
		memory.push(residentOf(pid));
	}

	const share = ((ticksOf(pid) - before) / TICKS / seconds) * 100;
	say(`${count} containers, ${verified} statements in the first ${settleMs / 1000} s and after`);
	say(`resident memory: highest ${Math.max(...memory).toFixed(0)} MB (goal: under 100)`);
	say(`CPU: ${share.toFixed(2)} % of a core over ${seconds} s (goal: under 1)`);
	say(`repeat: npm run bench -- daemon-idle ${count} ${seconds}`);
} finally {
	daemon.kill('SIGTERM');
	await docker(['rm', '-f', ...ids]);
	rmSync(folder, {recursive: true, force: true});
}

/** As the image has it: one file, and the files that it reads beside it. */
async function bundle(app: string): Promise<string> {
	const root = new URL('../', import.meta.url).pathname;
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

/** User and system time, fields 14 and 15 of proc(5) stat; the name in parentheses may hold spaces. */
function ticksOf(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return Number(fields[11]) + Number(fields[12]);
}

function residentOf(pid: number): number {
	const [, kilobytes = ''] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
	return Number(kilobytes) / 1000;
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
