import {generateKeyPairSync} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {connectEngine} from '../daemon/docker/engine.ts';
import {startLife} from '../daemon/life.ts';
import {signerOf} from '../daemon/log/keys.ts';
import {openLog} from '../daemon/log/log.ts';
import {loadPolicy} from '../daemon/policy.ts';
import {defaultLimits} from '../daemon/probes/run.ts';
import {appendLogOf, recordViewOf} from '../daemon/record-view.ts';
import {openStore} from '../daemon/store/index.ts';
import {payloadOf} from '../proto/envelope.ts';
import {type RuntimeVerification, readStatement} from '../proto/statement.ts';
import {type Docker, openDocker} from '../test/helpers/docker.ts';
import {goodHost} from '../test/helpers/subject.ts';
import {buildTarget, careful} from '../test/helpers/target.ts';
import {median} from './median.ts';

// How long from a container's start to its statement in the log, durable and covered by a checkpoint.
// Repeat: npm run bench -- start-to-attestation [containers]

const count = Number(process.argv[2] ?? 20);
/** The default; see daemon/config.ts. */
const debounceMs = 250;

const docker = await openDocker();
const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
/** Container → milliseconds from the engine's StartedAt to the resolved append, for its first statement. */
const took = new Map<string, number>();
const stop = new AbortController();
const signer = signerOf(generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey);
const log = await openLog({
	store: await openStore(`sqlite:${join(folder, 'log.db')}`),
	logKey: signerOf(generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey),
	origin: 'sallyport.dev/log/bench',
	attestors: [signer.publicKey],
});
const append = appendLogOf(log);
const life = startLife(
	{
		means: {
			engine: connectEngine(docker.engine.host),
			record: recordViewOf(log, 120_000),
			trust: [],
			host: goodHost,
			paramsOf: () => ({}),
			reachMs: 3000,
		},
		judging: {bundle: loadPolicy(undefined, new Date()), limits: defaultLimits},
		witness: {
			hostId: 'urn:uuid:00000000-0000-4000-8000-000000000000',
			policy: {name: 'bench', digest: {sha256: '00'}},
		},
		signer,
		log: {
			...append,
			append: async envelope => {
				const position = await append.append(envelope);
				const {target} = readStatement(payloadOf(envelope)).predicate as unknown as RuntimeVerification;
				if (target !== undefined && !took.has(target.containerId)) {
					took.set(target.containerId, Date.now() - Date.parse(target.startedAt ?? ''));
				}

				return position;
			},
		},
		report: () => undefined,
		schedule: {debounceMs, intervalMs: 60_000, concurrency: 8, maxTargets: 4096, restMs: 1000},
		coverageMs: 600_000,
	},
	stop.signal,
);

try {
	const one = await oneByOne(docker);
	const many = await atOnce(docker);
	say(
		`one by one, ${count} containers: median ${median(one)} ms, slowest ${Math.max(...one)} ms (goal: median under 1000)`,
	);
	say(
		`${count} at once: median ${median(many)} ms, slowest ${Math.max(...many)} ms (goal: slowest under 5000)`,
	);
	say(
		`debounce ${debounceMs} ms; Docker Engine ${docker.engine.version}; repeat: npm run bench -- start-to-attestation ${count}`,
	);
} finally {
	stop.abort();
	await life.ended;
	await log.close();
	rmSync(folder, {recursive: true});
}

async function oneByOne(engine: Docker): Promise<readonly number[]> {
	const times: number[] = [];
	for (let index = 0; index < count; index += 1) {
		const id = await create(engine);
		await engine(['start', id]);
		times.push(await timeOf(id));
		await engine(['rm', '-f', id]);
	}

	return times;
}

async function atOnce(engine: Docker): Promise<readonly number[]> {
	const ids = await Promise.all(Array.from({length: count}, () => create(engine)));
	await Promise.all(ids.map(id => engine(['start', id])));
	const times = await Promise.all(ids.map(timeOf));
	await engine(['rm', '-f', ...ids]);
	return times;
}

async function create(engine: Docker): Promise<string> {
	return (await engine(['create', '--label', 'sallyport-test', ...careful, tag])).stdout.trim();
}

async function timeOf(id: string): Promise<number> {
	for (let waited = 0; waited < 60_000; waited += 10) {
		const ms = took.get(id);
		if (ms !== undefined) {
			return ms;
		}

		await sleep(10);
	}

	throw new Error(`No statement about ${id} within a minute`);
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
