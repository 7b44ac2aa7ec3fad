import {spawn} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type EngineHandle, ensureEngine} from '../test/engine/engine.ts';
import {ensureProduct} from '../test/engine/product.ts';
import {run} from '../test/engine/run.ts';
import {builtinImageContext} from './builtin-image.ts';
import {median} from './median.ts';

// What the one line in a Dockerfile costs when nothing has changed: whole `docker build -q` commands, alternating, of
// BuildKit's own frontend, of a frontend container that exits at once, of BuildKit's own frontend in a container (the least
// that one can cost that builds anything), and of ours.

const RUNS = Number(process.argv[2] ?? 20);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const body =
	'FROM debian:bookworm-slim\nRUN echo application > /application\nEXPOSE 3000\nUSER 1000:1000\nCMD ["sleep", "60"]\n';
const large = largeDockerfile();
const contenders = {
	builtin: body,
	floor: `# syntax=sallyport-bench/floor\n${body}`,
	'builtin in an image': `# syntax=sallyport-bench/builtin\n${body}`,
	sallyport: `# syntax=sallyport/frontend:1\n${body}`,
	'builtin, large file': large,
	'sallyport, large file': `# syntax=sallyport/frontend:1\n${large}`,
} as const;
type Contender = keyof typeof contenders;

const engine = await ensureEngine({progress: say});
await ensureProduct(engine, {progress: say, only: ['sallyport/proxy-nginx:1', 'sallyport/frontend:1']});
const floor = fileURLToPath(new URL('floor/', import.meta.url));
await run(engine.docker, ['build', '-q', '-t', 'sallyport-bench/floor', floor], {env: engine.env});
const builtinImage = builtinImageContext();
if (builtinImage === undefined) {
	say("no Go here to build BuildKit's frontend with: it is left out");
} else {
	await run(engine.docker, ['build', '-q', '-t', 'sallyport-bench/builtin', builtinImage], {env: engine.env});
}

const names = (Object.keys(contenders) as Contender[]).filter(
	name => builtinImage !== undefined || name !== 'builtin in an image',
);
const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
const times = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<Contender, number[]>; // What is left out is not asked.
try {
	for (let round = -2; round < RUNS; round += 1) {
		for (const name of names) {
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
for (const name of names) {
	const own = median(times[name]);
	say(
		`${name.padEnd(20)} median ${own.toFixed(0).padStart(5)} ms   ${(own / builtin).toFixed(2)} x builtin   min ${Math.min(...times[name]).toFixed(0)} max ${Math.max(...times[name]).toFixed(0)}`,
	);
}

say(
	`sallyport over the floor: ${(median(times.sallyport) - median(times.floor)).toFixed(0)} ms (median of ${RUNS} alternating runs, Engine ${engine.version})`,
);
if (builtinImage !== undefined) {
	const over = median(times.sallyport) - median(times['builtin in an image']);
	say(`and over BuildKit's own frontend in an image: ${over.toFixed(0)} ms`);
}

const more = (name: 'builtin' | 'sallyport'): number =>
	median(times[`${name}, large file`]) - median(times[name]);
const lines = large.split('\n').length - 1;
say(
	`${lines} lines in 50 stages: ${more('sallyport').toFixed(0)} ms more through us, ${more('builtin').toFixed(0)} ms more plainly`,
);
say('repeat with: npm run bench -- build');

/** Fifty stages of forty lines. Only the last is built, from layers that are there: what is measured is reading and judging. */
function largeDockerfile(): string {
	const stage = (number: number): string =>
		[
			`FROM debian:bookworm-slim AS stage${number}`,
			...Array.from({length: 13}, (_, at) =>
				[
					`ENV NAME_${at}=value-${number}`,
					`COPY folder${at}/*.conf /etc/application/${number}/`,
					`RUN mkdir -p /srv/${number}/${at} && install -m 644 /etc/hostname /srv/${number}/${at}/name`,
				].join('\n'),
			),
		].join('\n');
	const stages = Array.from({length: 49}, (_, number) => stage(number));
	const last = `FROM debian:bookworm-slim\n${'LABEL org.example.note="as long as the others"\n'.repeat(35)}${body.slice(body.indexOf('RUN'))}`;
	return `${stages.join('\n')}\n${last}`;
}

/** Milliseconds of one whole command. The floor returns no result, so its build fails; that is what the command costs. */
async function timed({docker, env}: EngineHandle, context: string, name: Contender): Promise<number> {
	await writeFile(join(context, 'Dockerfile'), contenders[name]);
	const since = performance.now();
	const code = await new Promise<number | null>((resolve, reject) => {
		const args = ['build', '-q', '-t', `sallyport-bench/${name.replaceAll(/[ ,]+/g, '-')}-result`, context];
		const child = spawn(docker, args, {env: {...process.env, ...env}, stdio: 'ignore'});
		child.on('error', reject);
		child.on('close', resolve);
	});
	if (code !== 0 && name !== 'floor') {
		throw new Error(`The build through ${name} failed with exit code ${code}`);
	}

	return performance.now() - since;
}
