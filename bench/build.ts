import {spawn} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type EngineHandle, ensureEngine} from '../test/engine/engine.ts';
import {ensureProduct} from '../test/engine/product.ts';
import {run} from '../test/engine/run.ts';
import {median} from './median.ts';

// What the one line in a Dockerfile costs when nothing has changed: whole `docker build -q` commands, alternating, of
// BuildKit's own frontend, of a frontend that exits at once (nothing can cost less), and of ours.

const RUNS = Number(process.argv[2] ?? 20);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const body =
	'FROM debian:bookworm-slim\nRUN echo application > /application\nEXPOSE 3000\nUSER 1000:1000\nCMD ["sleep", "60"]\n';
const contenders = {
	builtin: body,
	floor: `# syntax=sallyport-bench/floor\n${body}`,
	sallyport: `# syntax=sallyport/frontend:1\n${body}`,
} as const;
type Contender = keyof typeof contenders;

const engine = await ensureEngine({progress: say});
await ensureProduct(engine, {progress: say, only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
const floor = fileURLToPath(new URL('floor/', import.meta.url));
await run(engine.docker, ['build', '-q', '-t', 'sallyport-bench/floor', floor], {env: engine.env});

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
const times: Record<Contender, number[]> = {builtin: [], floor: [], sallyport: []};
try {
	for (let round = -2; round < RUNS; round += 1) {
		for (const name of Object.keys(contenders) as Contender[]) {
			const ms = await timed(engine, folder, name);
			// The first two rounds warm the caches.
			if (round >= 0) {
				times[name].push(ms);
			}
		}
	}
} finally {
	await rm(folder, {recursive: true});
	await engine.stop();
}

const builtin = median(times.builtin);
for (const name of Object.keys(contenders) as Contender[]) {
	const own = median(times[name]);
	say(
		`${name.padEnd(10)} median ${own.toFixed(0).padStart(5)} ms   ${(own / builtin).toFixed(2)} x builtin   min ${Math.min(...times[name]).toFixed(0)} max ${Math.max(...times[name]).toFixed(0)}`,
	);
}

say(
	`sallyport over the floor: ${(median(times.sallyport) - median(times.floor)).toFixed(0)} ms (median of ${RUNS} alternating runs, Engine ${engine.version})`,
);
say('repeat with: npm run bench -- build');

/** Milliseconds of one whole command. The floor returns no result, so its build fails; that is what the command costs. */
async function timed({docker, env}: EngineHandle, context: string, name: Contender): Promise<number> {
	await writeFile(join(context, 'Dockerfile'), contenders[name]);
	const since = performance.now();
	const code = await new Promise<number | null>((resolve, reject) => {
		const args = ['build', '-q', '-t', `sallyport-bench/${name}-result`, context];
		const child = spawn(docker, args, {env: {...process.env, ...env}, stdio: 'ignore'});
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code !== 0 && name !== 'floor') {
		throw new Error(`The build through ${name} failed with exit code ${code}`);
	}

	return performance.now() - since;
}
