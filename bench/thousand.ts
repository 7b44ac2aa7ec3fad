import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {ensureImages} from '../test/engine/images.ts';
import {bundleDaemon, cpuSecondsOf, residentOf, startDaemon} from '../test/helpers/bundled-daemon.ts';
import {done, folderOf, openDocker} from '../test/helpers/docker.ts';
import {manyEngine} from '../test/helpers/many-engine.ts';

// A thousand containers behind one daemon: what it uses when nothing happens, and how long an event takes to become a verdict in
// the log. One container is real, built by the frontend, with the host's network; the engine tells of it under a thousand ids
// and addresses. What the kernel says of each is therefore not read here: a daemon sees at once that no such process is its own.
// Repeat: npm run bench -- thousand [--containers N] [--seconds N] [--rate N]

const {count, seconds, rate} = settings(process.argv.slice(2));
const settleMs = 60_000;
const IMAGE = 'sallyport-bench/thousand';
const DOCKERFILE = `# syntax=sallyport/frontend:1
FROM node:24-bookworm-slim
COPY app.mjs /app.mjs
EXPOSE 3000
USER 1000
CMD ["node", "/app.mjs"]
`;
const APPLICATION = `import {createServer} from 'node:http';
createServer((request, response) => response.end('fine\\n')).listen(3000, '127.0.0.1');
`;
/** One proxy answers for all of them, so its limits are of no interest. */
const PROJECT = 'limits: {rate: 1000, burst: 1000, connections: 1000}\n';

const docker = await openDocker();
await ensureImages(docker.engine, ['node:24-bookworm-slim']);
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const context = await folderOf({Dockerfile: DOCKERFILE, 'app.mjs': APPLICATION, '.sallyport.yaml': PROJECT});
await done(docker, ['build', '-q', '-t', IMAGE, context]);
const hardened = [
	'--cap-drop=ALL',
	'--security-opt=no-new-privileges:true',
	'--memory=512m',
	'--pids-limit=256',
];
const real = await done(docker, ['run', '-d', '--network=host', ...hardened, IMAGE]);
const engine = await manyEngine({socket: docker.engine.host.replace('unix://', ''), id: real});
engine.start(count);
const daemon = startDaemon(await bundleDaemon(folder), folder, engine.host);
const pid = daemon.pid ?? 0;
/** Container → when the first statement about it lay in the log. */
const verified = new Map<string, number>();
const verdicts = new Map<string, number>();
createInterface({input: daemon.stderr}).on('line', line => {
	const {event, container, verdict} = JSON.parse(line) as Readonly<Record<string, string>>;
	if (event === 'TARGET_VERIFIED' && container !== undefined && !verified.has(container)) {
		verified.set(container, performance.now());
		verdicts.set(String(verdict), (verdicts.get(String(verdict)) ?? 0) + 1);
	}
});

try {
	const begun = performance.now();
	while (verified.size < count && performance.now() - begun < 300_000) {
		await sleep(100);
	}

	const words = [...verdicts].map(([verdict, many]) => `${many} ${verdict}`).join(', ');
	say(
		`${verified.size} of ${count} verified ${((performance.now() - begun) / 1000).toFixed(1)} s after the start: ${words}`,
	);
	say(
		`processor time for that: ${cpuSecondsOf(pid).toFixed(1)} s, resident ${residentOf(pid).toFixed(0)} MB`,
	);

	await sleep(settleMs);
	const before = cpuSecondsOf(pid);
	const memory: number[] = [];
	for (let second = 0; second < seconds; second += 1) {
		await sleep(1000);
		memory.push(residentOf(pid));
	}

	const share = ((cpuSecondsOf(pid) - before) / seconds) * 100;
	say(
		`at rest: ${share.toFixed(2)} % of a core over ${seconds} s (goal: under 5), at most ${Math.max(...memory).toFixed(0)} MB (goal: under 250)`,
	);

	const born = new Map<string, number>();
	for (let tenth = 0; tenth < 100; tenth += 1) {
		const at = performance.now();
		for (const id of engine.start(rate / 10)) {
			born.set(id, at);
		}

		await sleep(Math.max(0, 100 - (performance.now() - at)));
	}

	await sleep(10_000);
	const took = [...born]
		.flatMap(([id, at]) => (verified.has(id) ? [(verified.get(id) ?? 0) - at] : []))
		.toSorted((a, b) => a - b);
	const at = (share: number): string =>
		`${((took[Math.floor(took.length * share)] ?? Number.NaN) / 1000).toFixed(2)} s`;
	say(
		`${rate} starts a second for 10 s: ${took.length} of ${born.size} verified; event to verdict ${at(0.5)} median, ${at(0.99)} p99 (goal: under 3 s)`,
	);
	say(`questions to the engine: ${JSON.stringify(engine.asked)}`);
	say(`repeat: npm run bench -- thousand --containers ${count} --seconds ${seconds} --rate ${rate}`);
} finally {
	daemon.kill('SIGTERM');
	await engine[Symbol.asyncDispose]();
	await docker(['rm', '-f', real]);
	await docker(['image', 'rm', '-f', IMAGE]);
	rmSync(folder, {recursive: true, force: true});
}

function settings(args: readonly string[]): {count: number; seconds: number; rate: number} {
	const of = (name: string, usual: number): number =>
		Number(args[args.indexOf(`--${name}`) + 1] ?? usual) || usual;
	return {count: of('containers', 1000), seconds: of('seconds', 120), rate: of('rate', 50)};
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
