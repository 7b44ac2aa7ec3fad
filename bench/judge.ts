// How fast, and with how much memory, are Dockerfiles judged; beside hadolint and tally on the same files in the same run.
// `npm run bench -- judge [RUNS]`. What is not installed is left out, and the output says how to install it.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseDockerfile} from '../frontend/dockerfile/parse.ts';
import {examplesOfRules, realDockerfiles, strangeDockerfiles} from '../test/helpers/dockerfiles.ts';
import {mutate, randomFrom} from '../test/helpers/mutate.ts';
import {median} from './median.ts';
import {hadolint, INSTALL, isInstalled, type Peer, tally} from './peers.ts';

const MANY = 10_000;
const SMALL = 'FROM node:24\nWORKDIR /app\nCOPY . .\nRUN npm ci\nEXPOSE 3000\nCMD ["node", "server.js"]\n';

const runs = Number(process.argv[2] ?? 7);
const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sallyport-judge-'));
try {
	const peers = [ours(), hadolint, tally].filter(isInstalled);
	if (peers.length < 3) {
		print(`Not all peers are installed:\n  ${INSTALL.join('\n  ')}`);
	}

	const real = realDockerfiles();
	const files = real ?? examplesOfRules();
	print(
		real === undefined
			? 'No corpus on this machine: the examples of the rules.'
			: 'The corpus of real files.',
	);
	measure(
		`${files.length} files in one process`,
		peers,
		written(
			'real',
			files.map(({bytes}) => bytes),
		),
	);
	measure('one small file, start included', peers, written('small', [Buffer.from(SMALL)]));

	const sources = [...files, ...strangeDockerfiles()].map(({bytes}) => bytes);
	const many = written('many', readable(sources));
	for (const peer of peers) {
		const {mebibytes, seconds} = await memoryOf(peer, many);
		print(
			`${peer.name.padEnd(26)} ${Math.round(mebibytes)} MiB at most for ${MANY} files, ${seconds.toFixed(1)} s`,
		);
	}
} finally {
	rmSync(folder, {recursive: true});
}

/** The bundled command where there is one; else a runner of the same work, bundled now. */
function ours(): Peer {
	const bundled = join(root, 'dist/sallyport.mjs');
	if (existsSync(bundled)) {
		return {name: 'sallyport check', command: process.execPath, args: [bundled, 'check']};
	}
	const runner = join(folder, 'runner.cjs');
	const options = ['--bundle', '--platform=node', '--format=cjs', '--log-level=error', `--outfile=${runner}`];
	execFileSync('esbuild', [join(root, 'bench/judge-runner.ts'), ...options], {cwd: root, stdio: 'inherit'});
	const policy = join(root, 'policies/bundles/baseline.yaml');
	return {name: 'sallyport (runner)', command: process.execPath, args: [runner, policy]};
}

function measure(what: string, peers: readonly Peer[], files: readonly string[]): void {
	const times = new Map<Peer, number[]>(peers.map(peer => [peer, []]));
	for (let run = 0; run < runs; run += 1) {
		for (const peer of peers) {
			times.get(peer)?.push(timed(peer, files));
		}
	}
	const [own = NaN] = peers.slice(0, 1).map(peer => median(times.get(peer) ?? []));
	print(`\n${what}: medians of ${runs} alternating runs`);
	for (const peer of peers) {
		const ms = median(times.get(peer) ?? []);
		print(`${peer.name.padEnd(26)} ${String(Math.round(ms)).padStart(6)} ms   ${(ms / own).toFixed(1)}x`);
	}
	print('');
}

function timed({command, args}: Peer, files: readonly string[]): number {
	const from = performance.now();
	const {status, stdout, stderr} = spawnSync(command, [...args, ...files], {cwd: folder, maxBuffer: 2 ** 28});
	const ms = performance.now() - from;
	// 1 is what all of them end with when they find something, and then they say what.
	if (status !== 0 && (status !== 1 || stdout.length === 0)) {
		throw new Error(`${command} ended with ${status}: ${String(stderr).slice(0, 500)}`);
	}
	return ms;
}

/** The kernel keeps the highest mark; it is read until the process is gone. */
async function memoryOf({command, args}: Peer, files: readonly string[]) {
	const from = performance.now();
	const child = spawn(command, [...args, ...files], {cwd: folder, stdio: 'ignore'});
	let mebibytes = 0;
	while (child.exitCode === null && child.signalCode === null) {
		mebibytes = Math.max(mebibytes, highMark(child.pid));
		await new Promise(resolve => setTimeout(resolve, 10));
	}
	return {mebibytes, seconds: (performance.now() - from) / 1000};
}

function highMark(pid: number | undefined): number {
	try {
		const [, kilobytes = '0'] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
		return Number(kilobytes) / 1024;
	} catch {
		return 0;
	}
}

/** Files that parse: some peers end at the first that does not. */
function readable(sources: readonly Uint8Array[]): readonly Uint8Array[] {
	const found: Uint8Array[] = [];
	for (let seed = 0; found.length < MANY; seed += 1) {
		const bytes = mutate(sources, randomFrom(seed));
		if (parses(bytes)) {
			found.push(bytes);
		}
	}
	return found;
}

function parses(bytes: Uint8Array): boolean {
	try {
		parseDockerfile(bytes);
		return true;
	} catch {
		return false;
	}
}

function written(group: string, all: readonly Uint8Array[]): readonly string[] {
	return all.map((bytes, index) => {
		const name = `${group}-${String(index).padStart(5, '0')}.Dockerfile`;
		writeFileSync(join(folder, name), bytes);
		return name;
	});
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}
