import {type ChildProcess, fork} from 'node:child_process';
import {once} from 'node:events';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {printable} from '../../cli/printable.ts';
import {statementOf} from '../../daemon/attest.ts';
import type {Engine} from '../../daemon/docker/engine.ts';
import {DaemonError} from '../../daemon/error.ts';
import {type Judged, judge} from '../../daemon/judge.ts';
import {addressesOf} from '../../daemon/probes/endpoints.ts';
import {defaultLimits} from '../../daemon/probes/run.ts';
import {type Contract, sealContract} from '../../proto/contract.ts';
import {digestOf} from '../../proto/digest.ts';
import {baselineOf} from '../helpers/bundle.ts';
import {recordConnects} from '../helpers/connects.ts';
import {turns} from '../helpers/docker.ts';
import {contract, goodHost, proxyContract, rawServer} from '../helpers/subject.ts';

// Whatever answers on a container's port was written by somebody else. The whole look is run against the worst of it, with
// everything but the engine real, and side by side with a container that is honest.

const bundle = baselineOf();
const ID = 'e'.repeat(64);

/** An engine that knows one container, which listens on these ports. */
function engineOf(promised: Contract, inspected: object = {}): Engine {
	const {bytes, digest} = sealContract(promised);
	const nothing = (): Promise<never> =>
		Promise.reject(new DaemonError('DOCKER_FORBIDDEN', 'It does not say'));
	const known: Partial<Engine> = {
		name: 'test',
		address: 'unix:///none.sock',
		sockets: [],
		inspect: async () => ({
			Id: ID,
			Name: '/hostile',
			Image: digestOf('image'),
			State: {Running: true, Pid: 0, StartedAt: '2026-01-01T00:00:00Z'},
			Config: {Image: 'hostile:1', Labels: {'dev.sallyport.contract': digest}},
			HostConfig: {},
			NetworkSettings: {Networks: {bridge: {IPAddress: '127.0.0.1'}}},
			...inspected,
		}),
		readFile: async (_, path) => {
			if (path.endsWith('contract.json')) {
				return bytes;
			}

			throw new DaemonError('FILE_ABSENT', 'There is no such file');
		},
		logs: async () => Readable.from([]),
		changes: async () => Readable.from(['[]']),
		imageConfig: async () => ({}),
		running: async () => [],
	};
	return new Proxy(known as Engine, {
		get: (engine, key) =>
			key in known || key === 'homeOf' || key === 'parts' ? engine[key as keyof Engine] : nothing,
	});
}

function lookAt(engine: Engine, totalMs = defaultLimits.totalMs): Promise<Judged> {
	const means = {
		engine,
		record: undefined,
		trust: [],
		host: goodHost,
		paramsOf: () => ({}),
		reachMs: 1000,
	};
	return judge(ID, means, {bundle, limits: {...defaultLimits, totalMs}}, AbortSignal.timeout(60_000));
}

function promising(https: number, redirect: number): Contract {
	return {
		...contract,
		proxy: {
			...proxyContract,
			listeners: [
				{port: https, protocol: 'https'},
				{port: redirect, protocol: 'redirect'},
			],
		},
	};
}

const witness = {hostId: 'urn:uuid:0', policy: {name: 'p', digest: {sha256: ''}}};

function manual(at: Date): {validUntil: Date; trigger: string; previous: undefined} {
	return {validUntil: at, trigger: 'manual', previous: undefined};
}

/** The longest probe has its own patience; the busy machine of a test run has another. */
const BOUND_MS = 45_000;
/** As many as the daemon looks at side by side. */
const turn = turns(8);

interface Places {
	readonly ports: Readonly<Record<string, {readonly https: number; readonly http: number}>>;
	readonly other: number;
}

let places: Places;
const connects = recordConnects();
const delay = monitorEventLoopDelay({resolution: 10});
let child: ChildProcess;
let rssBefore = 0;

test.before('servers that mean harm are started', async () => {
	child = fork(new URL('../helpers/hostile-servers.ts', import.meta.url), {execArgv: []});
	const [told] = await once(child, 'message');
	places = told as Places;
	rssBefore = process.memoryUsage.rss();
	delay.enable();
});

test.after.always('they are ended', () => {
	connects[Symbol.dispose]();
	child.kill();
});

test.serial(
	'no look hangs, holds much, or connects to anything but its target; an honest container passes',
	async t => {
		const names = Object.keys(places.ports);
		t.true(names.length > 20);

		await Promise.all(names.map(name => turn(() => survives(t, name))));

		const allowed = new Set(Object.values(places.ports).flatMap(({https, http}) => [https, http]));
		t.deepEqual(
			connects.places().filter(place => !allowed.has(Number(/^127\.0\.0\.1:(\d+)$/.exec(place)?.[1]))),
			[],
		);
		t.false(allowed.has(places.other));
		const grown = (process.memoryUsage.rss() - rssBefore) / 1024 / 1024;
		t.log(
			`${Math.round(grown)} MB more than before; the event loop stood still for ${Math.round(delay.max / 1e6)} ms at most`,
		);
		// Compiled code and all; in its image, with its flags, it is a tenth of that.
		t.true(grown < 400, `${Math.round(grown)} MB more than before`);
	},
);

async function survives(t: ExecutionContext, name: string): Promise<void> {
	const {https = 0, http = 0} = places.ports[name] ?? {};
	const began = performance.now();

	const {subject, verdict, startedOn, finishedOn} = await lookAt(engineOf(promising(https, http)));

	const tookMs = performance.now() - began;
	t.true(tookMs < BOUND_MS, `${name}: ${Math.round(tookMs)} ms`);
	t.true(connects.places().includes(`127.0.0.1:${https}`), name);
	const {target, promised} = subject;
	const text = JSON.stringify(
		statementOf({target, promised, verdict, startedOn, finishedOn, ...manual(finishedOn)}, witness),
	);
	// It can be signed and kept: whatever was said is text, and bounded.
	t.true(text.length < 256 * 1024 && text.isWellFormed(), `${name}: ${text.length} characters`);
	const nosniff = verdict.checks.find(({control}) => control === 'hdr-nosniff');
	t.is(
		nosniff?.result === 'pass',
		name === 'an honest container',
		`${name}: ${nosniff?.findings[0]?.message}`,
	);
}

// ---- names, labels and addresses

const names: readonly (readonly [string, object])[] = [
	['a name with escapes and line breaks', {Name: '/web\u001B[31m\r\nroot@host:~# \u202Efdp'}],
	['a name of a megabyte', {Name: `/${'n'.repeat(1024 * 1024)}`}],
	['half a character', {Name: '/web\uD800'}],
	[
		'labels of a megabyte, and keys that mean something to JavaScript',
		{
			Config: {
				Image: 'x',
				Labels: {
					big: 'v'.repeat(1024 * 1024),
					__proto__: 'x',
					constructor: 'y',
					'dev.sallyport.contract': `sha256:${'\n'.repeat(64)}`,
				},
			},
		},
	],
	[
		'a hundred thousand mounts',
		{Mounts: Array.from({length: 100_000}, () => ({Source: '/', Destination: '/a'}))},
	],
	[
		'numbers where there is text',
		{Name: 7, Config: {Image: [], Labels: 'x', User: {}}, HostConfig: {CapAdd: 'ALL'}},
	],
];

for (const [title, inspected] of names) {
	test(`${title}: is judged, signed and shown without harm`, async t => {
		const {subject, verdict, startedOn, finishedOn} = await lookAt(engineOf(contract, inspected), 3000);
		const {target, promised} = subject;
		const statement = statementOf(
			{target, promised, verdict, startedOn, finishedOn, ...manual(finishedOn)},
			witness,
		);

		const text = JSON.stringify(statement);
		t.true(text.length < 256 * 1024 && text.isWellFormed(), `${text.length} characters`);
		t.notRegex(printable(target.name), /[\p{Cc}\u202E]/u);
	});
}

test("addresses of a container on another machine are somebody else's here, and are left alone", async t => {
	let visits = 0;
	await using server = await rawServer(socket => {
		visits += 1;
		socket.destroy();
	});
	const promised = promising(server.port, server.port);

	await lookAt(Object.assign(engineOf(promised), {address: 'tcp://192.0.2.1:2376'}), 3000);
	t.is(visits, 0);
	await lookAt(Object.assign(engineOf(promised), {address: 'tcp://127.0.0.1:2375'}), 3000);
	t.true(visits > 0);
});

test('a published port is asked where it is published, and not on another address that somebody else has', t => {
	const published = (hostIp: string): readonly object[] =>
		addressesOf(
			{
				addresses: [],
				networkMode: 'bridge',
				published: [{port: 80, protocol: 'tcp', hostIp, hostPort: 8080}],
			},
			80,
		);

	t.deepEqual(published('0.0.0.0'), [{host: '127.0.0.1', port: 8080}]);
	t.deepEqual(published('::'), [{host: '::1', port: 8080}]);
	t.deepEqual(published('192.0.2.7'), [{host: '192.0.2.7', port: 8080}]);
});
