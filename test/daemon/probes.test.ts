import {createHash, randomBytes} from 'node:crypto';
import {globSync, readFileSync} from 'node:fs';
import {
	createServer as createHttpServer,
	type IncomingMessage,
	type RequestListener,
	type ServerResponse,
} from 'node:http';
import {createServer as createHttpsServer, type ServerOptions} from 'node:https';
import {PassThrough, Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {Process, Seen} from '../../daemon/docker/processes.ts';
import {ask, MAX_BODY_BYTES} from '../../daemon/probes/ask.ts';
import {reachEndpoints} from '../../daemon/probes/endpoints.ts';
import {linesOfLog} from '../../daemon/probes/log-lines.ts';
import type {Subject} from '../../daemon/probes/probe.ts';
import {runProbes} from '../../daemon/probes/run.ts';
import {decide} from '../../policies/decide.ts';
import {baselineOf} from '../helpers/bundle.ts';
import {makeAuthority} from '../helpers/certificates.ts';
import {processWith} from '../helpers/inside.ts';
import {probes} from '../helpers/probes.ts';
import {contract, endpointOf, listening, proxyContract, subjectWith, target} from '../helpers/subject.ts';

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const authority = makeAuthority();
const good = authority.issue('app.test');
const unseenItems: Seen<never> = {seen: false, reason: 'another machine'};

type ProbeId = keyof typeof probes;

async function resultsOf(id: ProbeId, subject: Subject): Promise<readonly string[]> {
	const findings = await probes[id](subject, soon());
	return findings.map(({result}) => result);
}

/** Worst first, as the verdict would have it. */
async function resultOf(id: ProbeId, subject: Subject): Promise<string> {
	const findings = await runProbes({[id]: probes[id]}, subject, {probeMs: 8000, totalMs: 9000}, soon());
	// Also of a control that baseline does not ask for.
	const bundle = baselineOf();
	const settings = {...bundle.settings, [id]: {...bundle.settings[id], level: 'info' as const}};
	return decide(findings, [id], {...bundle, settings}).checks[0]?.result ?? 'none';
}

function mount(source: string, destination: string): (typeof target.mounts)[number] {
	return {type: 'bind', source, destination, writable: true, propagation: 'rprivate'};
}

const processes = (...items: readonly Process[]): Partial<Subject> => ({
	processes: async () => ({seen: true, items}),
});
const noProcesses: Partial<Subject> = {
	processes: async () => unseenItems,
	listening: async () => unseenItems,
};
const broken: Partial<Subject> = {promised: {state: 'broken', reason: 'someone changed it'}};
const withoutProxy: Partial<Subject> = {
	promised: {
		state: 'kept',
		digest: `sha256:${'0'.repeat(64)}`,
		contract: {...contract, proxy: undefined as never},
	},
};
const unreached: Partial<Subject> = {
	endpoints: [
		{protocol: 'https', port: 8443, address: undefined, name: ''},
		{protocol: 'redirect', port: 8080, address: undefined, name: ''},
	],
};

/** What each probe makes of subjects that need no network: [what is so, changed, result]. */
const under = (result: string, by: readonly string[] = []): Partial<Subject> => ({
	record: {
		buildOf: async () => ({verdict: 'pass', policy: {name: 'acme', result, by}}),
		gaps: async () => [],
	},
});
const release = {key: 'ci', person: 'ci@example.com', verdict: 'pass'};

const tables: Partial<
	Record<ProbeId, readonly (readonly [string, Parameters<typeof subjectWith>[0], string])[]>
> = {
	'run-no-privileged': [
		['an ordinary container', {}, 'pass'],
		['a privileged one', {target: {privileged: true}}, 'fail'],
	],
	'run-no-new-privileges': [
		['the flag on every process', processes(processWith(), processWith({pid: 2})), 'pass'],
		['one process without the flag', processes(processWith(), processWith({noNewPrivileges: false})), 'fail'],
		[
			'the option without the flag',
			{...processes(processWith({noNewPrivileges: false})), target: {securityOptions: ['no-new-privileges']}},
			'fail',
		],
		['the flag without the option', {...processes(processWith()), target: {securityOptions: []}}, 'pass'],
		['processes out of sight', noProcesses, 'not-evaluated'],
	],
	'run-user-non-root': [
		['a process of its own user', processes(processWith()), 'pass'],
		['one of root beside it', processes(processWith(), processWith({uid: 0})), 'fail'],
		[
			'root in the configuration, but not in the processes',
			{...processes(processWith()), target: {user: 'root'}},
			'pass',
		],
		['processes out of sight', {...noProcesses, target: {user: '10001'}}, 'not-evaluated'],
	],
	'run-cap-minimal': [
		['no capability at all', processes(processWith()), 'pass'],
		["Docker's default set", processes(processWith({boundingSet: 0xa80425fbn})), 'pass'],
		['NET_ADMIN on top', processes(processWith({boundingSet: 0xa80435fbn})), 'fail'],
		[
			'one rich process among poor ones',
			processes(processWith(), processWith({boundingSet: 0x1ffffffffffn})),
			'fail',
		],
		['processes out of sight', noProcesses, 'not-evaluated'],
	],
	'run-no-engine-socket': [
		['an innocent mount', {target: {mounts: [mount('/srv/data', '/data')]}}, 'pass'],
		['the socket', {target: {mounts: [mount('/var/run/docker.sock', '/s')]}}, 'fail'],
		['the folder of the socket', {target: {mounts: [mount('/run/', '/host')]}}, 'fail'],
		['a way around to the folder', {target: {mounts: [mount('/srv/../run', '/host')]}}, 'fail'],
		['the whole host', {target: {mounts: [mount('/', '/host')]}}, 'fail'],
		[
			'the socket of the engine that is watched',
			{target: {mounts: [mount('/srv/engine.sock', '/s')]}},
			'fail',
		],
		['a folder whose name only begins like it', {target: {mounts: [mount('/run/docker', '/d')]}}, 'pass'],
	],
	'health-check-defined': [
		['a quick check', {}, 'pass'],
		['none', {target: {healthcheck: undefined}}, 'fail'],
		[
			'one every two minutes',
			{
				target: {
					healthcheck: {test: ['x'], intervalMs: 120_000, timeoutMs: 1000, retries: 3, startPeriodMs: 0},
				},
			},
			'fail',
		],
		[
			'one slower than its interval',
			{target: {healthcheck: {test: ['x'], intervalMs: 1000, timeoutMs: 2000, retries: 3, startPeriodMs: 0}}},
			'fail',
		],
		[
			'one that forgives ten failures',
			{
				target: {
					healthcheck: {test: ['x'], intervalMs: 1000, timeoutMs: 1000, retries: 10, startPeriodMs: 0},
				},
			},
			'fail',
		],
	],
	'health-state': [
		['a healthy container', {}, 'pass'],
		['an unhealthy one', {target: {health: {status: 'unhealthy', failingStreak: 4}}}, 'fail'],
		[
			'one that just starts',
			{target: {health: {status: 'starting', failingStreak: 0}, startedAt: new Date()}},
			'not-evaluated',
		],
		['one that starts for ever', {target: {health: {status: 'starting', failingStreak: 0}}}, 'fail'],
		['one without a health check', {target: {health: undefined, healthcheck: undefined}}, 'not-evaluated'],
	],
	'run-ports-declared': [
		[
			'declared ports only',
			{target: {published: [{port: 8443, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 443}]}},
			'pass',
		],
		[
			"the application's port",
			{target: {published: [{port: 3000, protocol: 'tcp', hostIp: '127.0.0.1', hostPort: 3000}]}},
			'fail',
		],
		[
			'a declared number over UDP',
			{target: {published: [{port: 8443, protocol: 'udp', hostIp: '0.0.0.0', hostPort: 443}]}},
			'fail',
		],
		[
			'an application on loopback',
			{
				listening: async () => ({
					seen: true,
					items: [
						{port: 3000, loopback: true},
						{port: 8443, loopback: false},
					],
				}),
			},
			'pass',
		],
		[
			'an application on every address',
			{listening: async () => ({seen: true, items: [{port: 3000, loopback: false}]})},
			'fail',
		],
		["the host's network", {target: {networkMode: 'host'}}, 'fail'],
		['sockets out of sight', noProcesses, 'not-evaluated'],
		['a contract that could not be read', {promised: {state: 'unread', reason: 'gone'}}, 'not-evaluated'],
	],
	'chg-digest-attested': [
		['a passing build', {}, 'pass'],
		['a failing build', {record: {buildOf: async () => ({verdict: 'fail'}), gaps: async () => []}}, 'fail'],
		[
			'an incomplete build',
			{record: {buildOf: async () => ({verdict: 'incomplete'}), gaps: async () => []}},
			'not-evaluated',
		],
		['no build in the log', {record: {buildOf: async () => undefined, gaps: async () => []}}, 'fail'],
		['a changed contract', broken, 'fail'],
		['a contract that could not be read', {promised: {state: 'unread', reason: 'gone'}}, 'not-evaluated'],
		['no log at hand', {record: undefined}, 'not-evaluated'],
	],
	'chg-emergency': [
		['an ordinary build', {}, 'not-applicable'],
		[
			'a ticket in the build attestation',
			{record: {buildOf: async () => ({verdict: 'fail', ticket: 'OPS-4711'}), gaps: async () => []}},
			'fail',
		],
		[
			'a base with a ticket',
			{record: {buildOf: async () => ({verdict: 'pass', baseTicket: 'OPS-1'}), gaps: async () => []}},
			'fail',
		],
		['a ticket on the label alone', {target: {ticket: 'OPS-4711'}}, 'fail'],
		[
			'no build in the log',
			{record: {buildOf: async () => undefined, gaps: async () => []}},
			'not-evaluated',
		],
		['no log at hand', {record: undefined}, 'not-evaluated'],
		['a contract that cannot be believed', broken, 'not-evaluated'],
	],
	'chg-policy-current': [
		['an approved policy', under('pass', ['dana@example.com']), 'pass'],
		['a policy that was not approved then', under('fail'), 'fail'],
		['a policy that asks for no approval', under('not-applicable'), 'not-applicable'],
		['a question that was not answered', under('not-evaluated'), 'not-evaluated'],
		['a build before this was recorded', {}, 'not-evaluated'],
		[
			'no build in the log',
			{record: {buildOf: async () => undefined, gaps: async () => []}},
			'not-evaluated',
		],
		['no log at hand', {record: undefined}, 'not-evaluated'],
	],
	'image-signed-after-policy': [
		['no key that may sign', {}, 'not-evaluated'],
		['a trusted signature', {releases: async () => [release]}, 'pass'],
		['no signature', {releases: async () => []}, 'fail'],
		['a signature over a failure', {releases: async () => [{...release, verdict: 'fail'}]}, 'fail'],
	],
	'ev-collector-alive': [
		['a day without a gap', {}, 'pass'],
		[
			'a gap',
			{record: {buildOf: async () => undefined, gaps: async () => [{from: 'a', to: 'b', reason: 'c'}]}},
			'fail',
		],
		[
			'no coverage statement yet',
			{record: {buildOf: async () => undefined, gaps: async () => undefined}},
			'not-evaluated',
		],
		['no log at hand', {record: undefined}, 'not-evaluated'],
		[
			'a log that cannot be read',
			{record: {buildOf: async () => undefined, gaps: () => Promise.reject(new Error('disk'))}},
			'error',
		],
	],
	'gov-waivers-valid': [['no waiver', {}, 'not-applicable']],
};

for (const [id, rows] of Object.entries(tables)) {
	for (const [title, changed, expected] of rows) {
		test(`${id}: ${title} is ${expected}`, async t => {
			t.is(await resultOf(id as ProbeId, subjectWith(changed)), expected);
		});
	}
}

const ofProxy: readonly ProbeId[] = [
	'cache-no-private-sharing',
	'hdr-on-errors',
	'log-access-complete',
	'proxy-auth-required',
	'proxy-http-redirect',
	'proxy-in-path',
	'proxy-tls-cert-valid',
	'proxy-tls-min-version',
];

for (const id of ofProxy) {
	test(`${id}: a listener that was never reached is not evaluated`, async t => {
		t.is(await resultOf(id, subjectWith(unreached)), 'not-evaluated');
	});

	test(`${id}: a contract that cannot be believed leaves nothing to hold the proxy to`, async t => {
		t.is(await resultOf(id, subjectWith(broken)), 'not-evaluated');
	});

	test(`${id}: an image without a listener has no proxy to judge`, async t => {
		t.is(await resultOf(id, subjectWith(withoutProxy)), 'not-applicable');
	});
}

test('every probe has a page that says what passes and what fails', t => {
	for (const id of Object.keys(probes)) {
		const [page, ...more] = globSync(`daemon/probes/*/${id}.md`, {cwd: new URL('../../', import.meta.url)});
		t.true(page !== undefined && more.length === 0, id);
		const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
		for (const part of [`# ${id}\n`, '\n## Passes\n', '\n## Fails\n', '\n## Not evaluated\n']) {
			t.true(text.includes(part), `${id} lacks ${part.trim()}`);
		}
	}
});

// ---- HTTPS targets

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const marked = (response: ServerResponse, id = randomBytes(16).toString('hex')): string => {
	response.setHeader('X-Request-ID', id);
	response.setHeader('X-Content-Type-Options', 'nosniff');
	return id;
};

/** Behaves as the contract says: marks on everything, limits, refusals. */
const proper: Handler = (request, response) => {
	marked(response);
	const hosts = request.rawHeaders.filter(
		(name, index) => index % 2 === 0 && name.toLowerCase() === 'host',
	).length;
	const tooLarge = Number(request.headers['content-length'] ?? 0) > 1000;
	response.statusCode =
		hosts > 1 ? 400 : tooLarge ? 413 : request.url?.startsWith('/healthz') === true ? 200 : 404;
	response.end('{}');
};

const serving = (handler: Handler, options: ServerOptions = {}) =>
	listening(createHttpsServer({...good, ...options}, handler as RequestListener));

/** One probe against one server: the server's handler decides what it finds. */
async function against(
	id: ProbeId,
	handler: Handler,
	changed: Partial<Subject> = {},
	options: ServerOptions = {},
): Promise<string> {
	await using server = await serving(handler, options);
	return await resultOf(id, subjectWith({endpoints: [endpointOf('https', server.port)], ...changed}));
}

const answers: readonly (readonly [ProbeId, string, Handler, Partial<Subject>, string])[] = [
	['hdr-on-errors', 'headers on every answer', proper, {}, 'pass'],
	[
		'hdr-on-errors',
		'headers on good answers only',
		(request, response) => {
			if (request.url === '/healthz') {
				marked(response);
			} else {
				response.statusCode = 404;
			}

			response.end();
		},
		{},
		'fail',
	],
	[
		'hdr-on-errors',
		'another value than promised',
		(_, response) => {
			marked(response);
			response.setHeader('X-Content-Type-Options', 'sniff');
			response.end();
		},
		{},
		'fail',
	],
	[
		'hdr-on-errors',
		'a promised header twice',
		(_, response) => {
			marked(response);
			response.setHeader('X-Content-Type-Options', ['nosniff', 'nosniff']);
			response.end();
		},
		{},
		'fail',
	],
	[
		'hdr-on-errors',
		'a stack trace in an error',
		(request, response) => {
			marked(response);
			response.statusCode = request.url === '/healthz' ? 200 : 500;
			response.end(response.statusCode === 500 ? new Error('boom').stack : '');
		},
		{},
		'fail',
	],
	['proxy-in-path', "the proxy's mark", proper, {}, 'pass'],
	['proxy-in-path', 'no mark', (_, response) => response.end(), {}, 'fail'],
	[
		'proxy-in-path',
		'a configuration that was changed',
		proper,
		{configDigest: async () => 'sha256:0'},
		'fail',
	],
	[
		'proxy-in-path',
		'a configuration that cannot be read',
		proper,
		{configDigest: async () => undefined},
		'not-evaluated',
	],
	[
		'proxy-in-path',
		'a port past the proxy',
		proper,
		{target: {...target, published: [{port: 3000, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 3000}]}},
		'fail',
	],
	['cache-no-private-sharing', 'an answer for everyone alone', proper, {}, 'pass'],
	[
		'cache-no-private-sharing',
		'a configuration that was changed',
		proper,
		{configDigest: async () => 'sha256:0'},
		'not-evaluated',
	],
	[
		'cache-no-private-sharing',
		'an Age above zero',
		(_, response) => {
			response.setHeader('Age', '3');
			response.end();
		},
		{},
		'fail',
	],
];

for (const [id, title, handler, changed, expected] of answers) {
	test(`${id}: ${title} is ${expected}`, async t => {
		t.is(await against(id, handler, changed), expected);
	});
}

test('cache-no-private-sharing: a cache that forgets who asked is caught by what it hands out', async t => {
	const cache = new Map<string, string>();
	const sharing: Handler = (request, response) => {
		const key = request.url ?? '';
		const identity = `${request.headers.authorization ?? ''}${request.headers.cookie ?? ''}`;
		const body = cache.get(key) ?? `hello ${identity}`;
		cache.set(key, body);
		response.end(body);
	};

	t.is(await against('cache-no-private-sharing', sharing), 'fail');
});

// ---- access log

const line = (id: string, changed: Record<string, unknown> = {}): string =>
	JSON.stringify({
		ts: 'x',
		request_id: id,
		client: 'x',
		method: 'GET',
		host: 'x',
		path: '/',
		status: 200,
		bytes: 1,
		duration: 0.1,
		upstream_status: '',
		tls_version: 'TLSv1.3',
		...changed,
	});

/** Lines come after the request, as they do in life. */
async function logged(t: ExecutionContext, linesFor: (id: string) => readonly string[]): Promise<string> {
	const output = new PassThrough({objectMode: true});
	const handler: Handler = (_, response) => {
		const id = marked(response);
		response.end();
		for (const text of linesFor(id)) {
			output.write(text);
		}
	};
	t.teardown(() => output.destroy());
	return await against('log-access-complete', handler, {
		lines: async function* (_, signal) {
			signal.addEventListener('abort', () => output.end(), {once: true});
			yield* output;
		},
	});
}

test('log-access-complete: one complete line passes', async t => {
	t.is(await logged(t, id => ['noise', '{"other":1}', line(id)]), 'pass');
});

test('log-access-complete: two lines for one request fail', async t => {
	t.is(await logged(t, id => [line(id), line(id)]), 'fail');
});

test('log-access-complete: a line without a required field fails', async t => {
	t.is(await logged(t, id => [line(id, {duration: undefined})]), 'fail');
});

test('log-access-complete: a line that only mentions the id is not its line', async t => {
	t.is(await logged(t, id => [line('other', {path: `/${id}`})]), 'fail');
});

test('log-access-complete: an engine that does not give the output is an error', async t => {
	const failing = (): AsyncIterable<string> => ({
		[Symbol.asyncIterator]: () => ({
			next: () => Promise.reject(new Error('configured logging driver does not support reading')),
		}),
	});

	t.is(await against('log-access-complete', proper, {lines: failing}), 'error');
});

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
	const all: T[] = [];
	for await (const item of items) {
		all.push(item);
	}

	return all;
}

test('lines are the same however the stream of frames is cut', async t => {
	const frame = (stream: number, text: string): Buffer => {
		const body = Buffer.from(text);
		const header = Buffer.alloc(8);
		header[0] = stream;
		header.writeUInt32BE(body.length, 4);
		return Buffer.concat([header, body]);
	};
	const whole = Buffer.concat([frame(1, 'one\ntw'), frame(2, 'err\n'), frame(1, 'o\nthree'), frame(1, '\n')]);

	await fc.assert(
		fc.asyncProperty(fc.array(fc.integer({min: 1, max: whole.length}), {maxLength: 6}), async cuts => {
			const points = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
			const chunks = points.slice(1).map((end, index) => whole.subarray(points[index], end));
			const lines = await collect(linesOfLog(Readable.from(chunks), false, soon()));
			t.deepEqual(lines, ['one', 'err', 'two', 'three']);
		}),
	);
});

test('a line without an end and output without an end cost bounded memory', async t => {
	const endless = Readable.from(
		(function* () {
			for (;;) {
				yield Buffer.alloc(256 * 1024, 120);
			}
		})(),
	);
	const before = globalThis.process.memoryUsage().rss;

	const lines = await collect(linesOfLog(endless, true, soon()));

	t.deepEqual(lines, []);
	t.true(globalThis.process.memoryUsage().rss - before < 200e6);
});

// ---- enemies

const enemies: readonly (readonly [string, Handler])[] = [
	['hangs', () => undefined],
	[
		'sends endless headers',
		(_, response) => {
			response.socket?.write('HTTP/1.1 200 OK\r\n');
			const flood = (): void => {
				if (response.socket?.destroyed === false) {
					response.socket.write(`X-Flood: ${'a'.repeat(4000)}\r\n`, () => setImmediate(flood));
				}
			};
			flood();
		},
	],
	[
		'drips headers one byte at a time',
		(_, response) => {
			const timer = setInterval(() => response.socket?.write('H'), 20);
			response.socket?.on('close', () => clearInterval(timer));
		},
	],
	[
		'answers 103 for ever',
		(_, response) => {
			const flood = (): void => {
				if (response.socket?.destroyed === false) {
					response.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n', () => setImmediate(flood));
				}
			};
			flood();
		},
	],
];

for (const [title, handler] of enemies) {
	test(`an endpoint that ${title} costs its probe the answer, and nobody else anything`, async t => {
		await using server = await serving(handler);
		const subject = subjectWith({endpoints: [endpointOf('https', server.port)]});
		const started = performance.now();

		const findings = await runProbes(
			{'proxy-in-path': probes['proxy-in-path'], 'run-no-privileged': probes['run-no-privileged']},
			subject,
			{probeMs: 500, totalMs: 2000},
			soon(),
		);

		t.true(performance.now() - started < 1900);
		t.is(findings.find(({control}) => control === 'run-no-privileged')?.result, 'pass');
		t.is(findings.find(({control}) => control === 'proxy-in-path')?.result, 'error');
	});
}

test('endless headers end at the limit, long before the deadline', async t => {
	let sent = 0;
	await using server = await serving((_, response) => {
		response.socket?.write('HTTP/1.1 200 OK\r\n');
		const flood = (): void => {
			if (response.socket?.destroyed === false) {
				sent += 4000;
				response.socket.write(`X-Flood: ${'a'.repeat(4000)}\r\n`, () => setImmediate(flood));
			}
		};
		flood();
	});

	await t.throwsAsync(ask(endpointOf('https', server.port), {path: '/'}, AbortSignal.timeout(20_000)), {
		code: 'HPE_HEADER_OVERFLOW',
	});

	t.true(sent < 10e6, `${sent} bytes were taken`);
});

test('a body of 100 MB is read no further than the limit', async t => {
	let sent = 0;
	const chunk = Buffer.alloc(1024 * 1024, 120);
	await using server = await serving((_, response) => {
		const more = (): void => {
			if (sent < 100 * chunk.length && response.socket?.destroyed === false) {
				sent += chunk.length;
				response.write(chunk, () => setImmediate(more));
			}
		};
		more();
	});

	const answer = await ask(endpointOf('https', server.port), {path: '/'}, soon());

	t.true(answer.cut);
	t.is(answer.body.length, MAX_BODY_BYTES);
	t.true(sent < 40 * chunk.length, `${sent} bytes were taken`);
});

// ---- the runner

const limits = {probeMs: 100, totalMs: 1000};

test('a probe that throws, hangs, or says nothing is an error of its own control, never a pass', async t => {
	const findings = await runProbes(
		{
			'run-no-privileged': () => Promise.reject(new Error('no')),
			'run-cap-minimal': () => new Promise(() => undefined),
			'avail-pids-limit': async () => [],
			'avail-memory-limit': probes['avail-memory-limit'],
		},
		subjectWith(),
		limits,
		soon(),
	);

	const results = Object.fromEntries(findings.map(({control, result}) => [control, result]));
	t.deepEqual(results, {
		'run-no-privileged': 'error',
		'run-cap-minimal': 'error',
		'avail-pids-limit': 'error',
		'avail-memory-limit': 'pass',
	});
});

test('a container that dies while it is looked at leaves errors, and no pass that needed it alive', async t => {
	const server = await serving(proper);
	const subject = subjectWith({endpoints: [endpointOf('https', server.port)]});
	await server[Symbol.asyncDispose]();

	for (const id of ofProxy) {
		const [worst] = (await resultsOf(id, subject).catch(() => ['error'])).filter(result => result !== 'pass');
		t.true(worst === 'error' || worst === 'not-evaluated', `${id}: ${worst}`);
	}
});

test('a listener that opens late is waited for, and one that never opens is left without an address', async t => {
	const server = createHttpServer();
	await using probe = await listening(createHttpServer());
	const late = probe.port;
	await probe[Symbol.asyncDispose]();
	setTimeout(() => server.listen(late, '127.0.0.1'), 150);
	t.teardown(() => server.close());
	const place = {addresses: ['127.0.0.1'], published: [], networkMode: 'bridge'};

	const [found] = await reachEndpoints(
		place,
		{hosts: [], listeners: [{port: late, protocol: 'https'}]},
		AbortSignal.timeout(3000),
	);
	const [missing] = await reachEndpoints(
		place,
		{hosts: [], listeners: [{port: 1, protocol: 'https'}]},
		AbortSignal.timeout(200),
	);

	t.deepEqual(found?.address, {host: '127.0.0.1', port: late});
	t.is(missing?.address, undefined);
});

test('a container without an address of its own is reached by its published port', async t => {
	await using server = await listening(createHttpServer());
	const published = [{port: 8443, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: server.port}];

	const [found] = await reachEndpoints(
		{addresses: [], published, networkMode: 'bridge'},
		{hosts: [], listeners: [{port: 8443, protocol: 'https'}]},
		AbortSignal.timeout(1000),
	);

	t.is(found?.address?.port, server.port);
});

test('the digest helper of these tests is the real one', t => {
	t.is(proxyContract.configDigest, `sha256:${createHash('sha256').update('config').digest('hex')}`);
});
