// Figures of the record: `npm run bench -- log [--entries N] [--store URL]` (100,000 by default, in a file in the folder for temporary
// files). Everything runs as in the daemon: real keys, SQLite with synchronous=FULL or PostgreSQL as it comes, group commit, marks.
import {generateKeyPairSync, type KeyObject} from 'node:crypto';
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {cpus, loadavg, tmpdir} from 'node:os';
import {join} from 'node:path';
import {signerOf} from '../daemon/log/keys.ts';
import {type Log, openLog} from '../daemon/log/log.ts';
import {fileMarks} from '../daemon/log/mark.ts';
import {openStore} from '../daemon/store/index.ts';
import {type ControlId, catalogue} from '../policies/catalogue.ts';
import type {LogSigner} from '../proto/checkpoint.ts';
import {type Envelope, seal} from '../proto/envelope.ts';
import {predicateTypes, STATEMENT_TYPE, type Statement} from '../proto/statement.ts';
import {median} from './median.ts';

const GROUP = 32;
const CALLERS = 4 * GROUP;
const ROUND = 3200;
const ROUNDS = 7;
// A statement of all controls that are judged at run time, and one as small as they come.
const judged = (Object.keys(catalogue) as ControlId[]).filter(id =>
	['run', 'both'].includes(catalogue[id].judgedAt),
);
const CONTROLS = judged.length;
const FEW = 7;
const CONTAINERS = 200;
const IMAGES = 40;

const entries = Number(option('entries') ?? 100_000);
const origin = `sallyport.dev/log/bench-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
const attestor = newSigner();
const logKey = newSigner();
const path = join(folder, 'log.db');

const print = (line: string): void => {
	process.stdout.write(`${line}\n`);
};

let log = await open();
print(
	`Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}`,
);
for (const controls of [FEW, CONTROLS]) {
	const {payload} = await seal(statementOf(0, controls), attestor);
	print(`${controls} controls in a statement, envelopes of ${(payload.length / 1000).toFixed(1)} kB:`);
	print(`  one after the other, each its own commit:  ${await rounds({count: 300, callers: 1, controls})}`);
	print(
		`  groups of 32, envelopes given:             ${await rounds({count: ROUND, callers: CALLERS, controls})}`,
	);
	const sealing = {count: ROUND, callers: CALLERS, controls, isSealing: true};
	print(`  groups of 32, each sealed on the way:      ${await rounds(sealing)}`);
}

await fill(entries - log.checkpoint().size);
if (option('store') === undefined) {
	const bytes = statSync(path).size;
	print(
		`${log.checkpoint().size} entries, ${Math.round(bytes / 1e6)} MB, ${(bytes / entries / 1000).toFixed(2)} kB each`,
	);
}

await reads();

await log.close();
const opened = performance.now();
log = await open();
print(
	`open, checking what came since:              ${Math.round(performance.now() - opened)} ms (${log.integrity().state})`,
);
const checked = performance.now();
const found = await log.check();
print(
	`the whole self-check:                        ${Math.round(performance.now() - checked)} ms (${found.state})`,
);
print(`resident: ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
await log.close();

function option(name: string): string | undefined {
	const at = process.argv.indexOf(`--${name}`);
	return at < 0 ? undefined : process.argv[at + 1];
}

interface Load {
	readonly count: number;
	readonly callers: number;
	readonly controls: number;
	readonly isSealing?: boolean;
}

/**
 * Median over rounds of `count` entries by `callers` who each append one entry after the other: the log makes its groups
 * of them as it does in the daemon. Envelopes are sealed before the clock starts, or by the callers.
 * Inside the time: verifying the signature, index, promise, leaf, tree, signed checkpoint, durable commit.
 */
async function rounds({count, callers, controls, isSealing = false}: Load): Promise<string> {
	const rates: number[] = [];
	const costs: number[] = [];
	const loops: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const statements = Array.from({length: count}, (_, i) => statementOf(round * count + i, controls));
		const ready = isSealing ? [] : await Promise.all(statements.map(statement => seal(statement, attestor)));
		const cpu = process.cpuUsage();
		const loop = process.threadCpuUsage();
		const started = performance.now();
		let next = 0;
		const call = async (): Promise<void> => {
			while (next < count) {
				const at = next++;
				await log.append(ready[at] ?? (await seal(statements[at] ?? statementOf(at, controls), attestor)));
			}
		};
		await Promise.all(Array.from({length: callers}, call));
		rates.push(count / ((performance.now() - started) / 1000));
		const {user, system} = process.cpuUsage(cpu);
		costs.push((user + system) / count);
		const own = process.threadCpuUsage(loop);
		loops.push((own.user + own.system) / count);
	}

	return `${String(Math.round(median(rates))).padStart(6)} entries/s, ${Math.round(median(costs))} µs of CPU each, ${Math.round(median(loops))} of them on the event loop`;
}

async function fill(count: number): Promise<void> {
	for (let at = 0; at < count; at += GROUP) {
		const size = Math.min(GROUP, count - at);
		const statements = Array.from({length: size}, (_, i) => statementOf(at + i, CONTROLS));
		await appendAll(log, await Promise.all(statements.map(statement => seal(statement, attestor))));
	}
}

async function reads(): Promise<void> {
	const size = log.checkpoint().size;
	const positions = Array.from({length: 2000}, () => Math.floor(Math.random() * size));
	const ids: string[] = [];
	for (const position of positions) {
		const listing = await log.list({
			filter: {},
			order: 'newest',
			limit: 1,
			resume: {after: position + 1, size, total: size},
		});
		ids.push(String(listing.entries[0]?.id));
	}

	const at = (i: number): number => positions[i] ?? 0;
	const first = {filter: {container: containerOf(7)}, order: 'newest', limit: 50} as const;
	const bad = {filter: {control: String(judged[3]), result: 'fail'}, order: 'newest', limit: 50} as const;
	await timed('inclusion proof', positions.length, i => log.inclusion(at(i)));
	await timed('consistency proof', positions.length, i => log.consistency(at(i)));
	await timed('get', ids.length, i => log.get(String(ids[i])));
	await timed('bundle', ids.length, i => log.bundle(String(ids[i])));
	await timed('last 50 of a container, with total', 200, () => log.list(first));
	await timed('last 50 that failed a control, with total', 200, () => log.list(bad));
}

async function timed(name: string, count: number, work: (i: number) => Promise<unknown>): Promise<void> {
	const times: number[] = [];
	for (let i = 0; i < count; i++) {
		const started = performance.now();
		await work(i);
		times.push(performance.now() - started);
	}

	times.sort((a, b) => a - b);
	const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
	print(`${`${name}:`.padEnd(44)} median ${median(times).toFixed(3)} ms, 99 % under ${p99.toFixed(3)} ms`);
}

async function appendAll(to: Log, envelopes: readonly Envelope[]): Promise<void> {
	await Promise.all(envelopes.map(envelope => to.append(envelope)));
}

async function open(): Promise<Log> {
	const store = await openStore(option('store') ?? `sqlite:${path}`, origin);
	const marks = fileMarks(join(folder, 'checked'));
	return openLog({store, logKey, origin, marks, attestors: [publicKeyOf(attestor)]});
}

function publicKeyOf({publicKey}: LogSigner): KeyObject {
	return publicKey;
}

function newSigner(): LogSigner {
	return signerOf(generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey);
}

function containerOf(i: number): string {
	return (i % CONTAINERS).toString(16).padStart(64, '0');
}

// As large as the daemon's own, and as varied: every control with its own sentence and criteria, and what was seen.
function statementOf(i: number, controls: number): Statement {
	const isBad = i % 50 === 0;
	const checks = judged.slice(0, controls).map((control, n) => ({
		control,
		result: isBad && n === 3 ? 'fail' : n % 4 === 1 ? 'not-applicable' : 'pass',
		severity: catalogue[control].severity,
		level: 'warn',
		criteria: catalogue[control].criteria,
		message: `${catalogue[control].title}: ${catalogue[control].remedy}`,
		observed: {endpoint: `tcp/172.17.${i % 250}.${n}:8443`, seen: n * 7919 + i},
	}));
	const container = containerOf(i);
	return {
		_type: STATEMENT_TYPE,
		subject: [
			{name: 'registry.example/app', digest: {sha256: (i % IMAGES).toString(16).padStart(64, '0')}},
			{name: `container/web-${i % CONTAINERS}`, digest: {dockerContainerId: container}},
		],
		predicateType: predicateTypes.runtimeVerification,
		predicate: {
			target: {containerId: container, name: `web-${i % CONTAINERS}`, image: 'registry.example/app:1.2'},
			trigger: 'schedule',
			verdict: isBad ? 'fail' : 'pass',
			counts: {pass: controls - Number(isBad), fail: Number(isBad)},
			checks,
			sequence: i,
		},
	};
}
