import {mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {remotesOf} from '../../daemon/docker/remotes.ts';
import {headerIn, onCanary, REBUILD, reachedIn, readEcho, statusesIn} from '../../daemon/probes/canary.ts';
import {registry} from '../../daemon/probes/index.ts';
import type {ProbeFinding, Subject} from '../../daemon/probes/probe.ts';
import {hopsOf} from '../../daemon/probes/proxy/hops.ts';
import {openRude} from '../../daemon/probes/rude.ts';
import {USER_AGENT} from '../../daemon/probes/user-agent.ts';
import {visitsOnce} from '../../daemon/probes/visit.ts';
import {openUsual} from '../../daemon/usual.ts';
import type {ControlIdAt} from '../../policies/catalogue.ts';
import type {ProxyContract} from '../../proto/contract.ts';
import {digestOf} from '../../proto/digest.ts';
import {insideWith} from '../helpers/inside.ts';
import {contract, endpointOf, listening, proxyContract, rawServer, subjectWith} from '../helpers/subject.ts';

// What a proxy does with requests, and what a container does with others: how probes come to their word.

type Params = ReturnType<Subject['paramsOf']>;

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

async function resultsOf(
	control: ControlIdAt<'run'>,
	subject: Parameters<typeof subjectWith>[0],
): Promise<readonly string[]> {
	const findings = await registry[control].probe(subjectWith(subject), soon());
	return findings.map(({result}) => result);
}

function promise(changed: Partial<ProxyContract>): Subject['promised'] {
	return {
		state: 'kept',
		contract: {...contract, proxy: {...proxyContract, ...changed}},
		digest: digestOf('contract'),
	};
}

/** A server in clear text, asked as if it were the TLS listener. */
async function served(
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & Pick<Subject, 'endpoints'>> {
	const server = await listening(createServer(answer));
	return {
		endpoints: [{...endpointOf('https', server.port), protocol: 'http'}],
		[Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
	};
}

// The canary

const OLD: readonly ControlIdAt<'run'>[] = [
	'proxy-rate-limit',
	'proxy-body-limit',
	'proxy-timeouts',
	'proxy-request-framing',
	'proxy-method-allowlist',
	'resp-integrity',
	'proxy-no-unsafe-retry',
	'health-routing',
	'cache-key-complete',
];
for (const control of OLD) {
	test(`an image of before there was a canary is not asked rudely, and told to be rebuilt: ${control}`, async t => {
		const findings = await registry[control].probe(subjectWith(), soon());

		t.deepEqual(
			findings.map(({result, message}) => [result, message]),
			[['not-evaluated', REBUILD]],
		);
	});
}

test('what a canary shows holds for the application only while the configuration is the one that was built', async t => {
	const found: readonly ProbeFinding[] = [
		{result: 'pass', message: 'Good'},
		{result: 'fail', message: 'Bad'},
	];
	const probe = onCanary(async () => found);
	const subject = (digest: string): Subject =>
		subjectWith({
			promised: promise({canaryPath: '/.sallyport/canary'}),
			endpoints: [endpointOf('https', 1)],
			configDigest: async () => digest,
		});

	const built = await probe(subject(proxyContract.configDigest), soon());
	const changed = await probe(subject(digestOf('changed')), soon());

	t.deepEqual(
		[built, changed].map(findings => findings.map(({result}) => result)),
		[
			['pass', 'fail'],
			['not-evaluated', 'fail'],
		],
	);
});

test('the words of a canary are told from an application that answers like one', t => {
	const whole = {
		...{canary: 'a', id: '', for: '', real: '', host: '', forwarded_host: '', original: '', bearer: ''},
		...{cookie: '', method: 'GET', length: '', protocol: 'HTTP/1.1'},
	};
	t.is(readEcho(JSON.stringify(whole))?.canary, 'a');
	for (const other of ['', '[]', '{', 'null', JSON.stringify({...whole, id: 1}), '{"canary":"x"}']) {
		t.is(readEcho(other), undefined, other);
	}

	const twice =
		'HTTP/1.1 200 OK\r\nRetry-After: 1\r\n\r\n{"canary":"a"}HTTP/1.1 429 No\r\n\r\n{"canary":"b"}';
	t.deepEqual(statusesIn(twice), [200, 429]);
	t.is(reachedIn(twice), 2);
	t.deepEqual(headerIn(twice, 'retry-after'), ['1']);
	t.deepEqual(statusesIn('hello'), []);
});

// Rudeness has bounds

test('few exchanges are had with one container in one look, whoever asks for them', async t => {
	await using server = await rawServer(socket => socket.end('x'));
	const rude = openRude(undefined, true);
	const place = endpointOf('https', server.port);
	const once = (): Promise<unknown> => rude.say(place, {pieces: [{text: 'a'}]}, soon());

	for (let count = 0; count < 96; count += 1) {
		await once();
	}

	t.throws(once, {code: 'BUDGET_SPENT'});
});

test('two floods never meet at one target', async t => {
	const rude = openRude(undefined, true);
	let running = 0;
	let most = 0;
	const flood = async (): Promise<void> => {
		running += 1;
		most = Math.max(most, running);
		await sleep(5);
		running -= 1;
	};

	await Promise.all([
		rude.alone(flood),
		rude.alone(() => Promise.reject(new Error('one that fails'))).catch(() => undefined),
		rude.alone(flood),
	]);

	t.is(most, 1);
});

const hostile: Readonly<Record<string, Parameters<typeof rawServer>[0]>> = {
	'says nothing for ever': () => undefined,
	'drips a byte at a time': socket => {
		const drip = setInterval(() => socket.write('x'), 10);
		socket.on('close', () => clearInterval(drip));
	},
	floods: socket => {
		const chunk = Buffer.alloc(65_536, 'x');
		const flood = (): void => {
			while (!socket.destroyed && socket.write(chunk)) {
				// As fast as it goes.
			}
		};
		socket.on('drain', flood);
		flood();
	},
	resets: socket => socket.resetAndDestroy(),
};
for (const [what, talk] of Object.entries(hostile)) {
	test(`an exchange ends in time and holds little: the other side ${what}`, async t => {
		await using server = await rawServer(talk);
		const begun = performance.now();

		const said = {pieces: [{text: 'GET / HTTP/1.1\r\n\r\n'}], mostMs: 600};
		const heard = await openRude(undefined, true).say(endpointOf('https', server.port), said, soon());

		t.true(heard.text.length <= 65_536);
		t.true(performance.now() - begun < 2000);
	});
}

// A marked visit

test('a visit is made once, however many probes read it, and tells which marks were written down', async t => {
	const requests: string[] = [];
	const written: string[] = [];
	await using server = await served((request, response) => {
		requests.push(request.url ?? '');
		response.writeHead(200, {'X-Request-ID': 'an-id-of-its-own'});
		response.end('hello');
		written.push(
			JSON.stringify({request_id: 'an-id-of-its-own', client: '127.0.0.1'}),
			`the cookie is ${request.headers.cookie}`,
		);
	});
	const subject = subjectWith({
		endpoints: server.endpoints,
		lines: async function* () {
			yield* written;
		},
	});
	const visit = visitsOnce(subject, soon());
	const [endpoint] = server.endpoints;
	if (endpoint === undefined) {
		throw new Error('There is one');
	}

	const [first, second] = await Promise.all([visit(endpoint), visit(endpoint)]);

	t.is(first, second);
	t.is(requests.length, 2, 'the health page and the application');
	t.is(first.echo, undefined);
	t.deepEqual(first.output.seen && first.output.leaked, ['cookie', 'application']);
});

test('an output that cannot be read is not evaluated, and no pass', async t => {
	await using server = await served((_, response) => response.writeHead(200, {'X-Request-ID': 'a'}).end());
	const endpoints = server.endpoints.map(endpoint => ({...endpoint, protocol: 'https' as const}));
	const plain = subjectWith();
	const subject = {
		endpoints,
		ask: ((place, asked, signal) => plain.ask(place, {...asked, plain: true}, signal)) as Subject['ask'],
		// biome-ignore lint/correctness/useYield: it breaks before.
		lines: async function* (): AsyncGenerator<string> {
			throw new Error('the driver none has no lines');
		},
	};
	const whole = subjectWith(subject);
	const visit = visitsOnce(whole, soon());

	for (const control of ['log-redaction', 'log-ip-minimised', 'req-id-correlated'] as const) {
		t.deepEqual(await resultsOf(control, {...subject, visit}), ['not-evaluated'], control);
	}
});

// Paths that only those who run it should see

const pages: Readonly<Record<string, readonly [path: string, body: string, params: Params, result: string]>> =
	{
		'a repository': ['/.git/HEAD', 'ref: refs/heads/main\n', {}, 'fail'],
		'a page of one’s own for everything': ['*', '<title>My application</title>', {}, 'pass'],
		'a page that names the path it does not know': ['*', '<p>No /debug/pprof/ or /metrics here', {}, 'pass'],
		'a login': ['/admin/', '<form>Django administration <input name="password">', {}, 'pass'],
		'what the policy names, whatever it says': ['/intern', 'hello', {paths: ['/intern']}, 'fail'],
		'what the policy names and is closed': ['/other', 'hello', {paths: ['/intern']}, 'pass'],
		'a heap dump': ['/actuator/heapdump', 'JAVA PROFILE 1.0.2\0', {}, 'fail'],
	};
for (const [what, [path, body, params, result]] of Object.entries(pages)) {
	test(`an administrative path: ${what}: ${result}`, async t => {
		await using server = await served(({url}, response) => {
			response.writeHead(path === '*' || url === path ? 200 : 404);
			response.end(path === '*' || url === path ? body : 'nothing');
		});

		const asked = {endpoints: server.endpoints, paramsOf: () => params};
		t.deepEqual(await resultsOf('proxy-admin-paths-closed', asked), [result]);
	});
}

// Where requests go

const hops: Readonly<
	Record<string, readonly [engine: 'nginx' | 'traefik', text: string, open: readonly string[]]>
> = {
	'loopback and sockets': [
		'nginx',
		'upstream application {\nserver 127.0.0.1:3000 max_fails=0;\n}\nupstream own { server unix:/run/a.sock; }\nproxy_pass http://application;\nproxy_pass http://own;',
		[],
	],
	'instances of the application': [
		'nginx',
		'upstream application {\n\tinclude /run/sallyport/proxy/upstreams/application.conf;\n}\nproxy_pass http://application;',
		[],
	],
	'another host in plain text': [
		'nginx',
		'upstream billing {\n\tinclude /run/sallyport/proxy/upstreams/billing.conf;\n}\nlocation / { proxy_pass http://billing; }',
		['billing'],
	],
	'another host, verified': [
		'nginx',
		'upstream billing {\n\tinclude /run/sallyport/proxy/upstreams/billing.conf;\n}\nproxy_ssl_verify on;\nproxy_pass https://billing;',
		[],
	],
	'another host over TLS that nobody verifies': ['nginx', 'proxy_pass https://192.0.2.1;', ['192.0.2.1']],
	'verified here and not there': [
		'nginx',
		'a { proxy_ssl_verify on; proxy_pass https://192.0.2.1; } b { proxy_ssl_verify off; }',
		['192.0.2.1'],
	],
	gRPC: ['nginx', 'grpc_pass grpc://192.0.2.1:50051;', ['192.0.2.1:50051']],
	'what is only a comment': ['nginx', '# proxy_pass http://192.0.2.1;\nreturn 200;', []],
	'servers of Traefik': [
		'traefik',
		'servers:\n  - url: "http://127.0.0.1:3000"\n  - url: "http://192.0.2.1:80"\n  - url: "https://192.0.2.2"',
		['192.0.2.1:80'],
	],
};
for (const [what, [engine, text, open]] of Object.entries(hops)) {
	test(`who is reached over a network without verified TLS: ${what}`, t => {
		const found = hopsOf(engine, text).filter(({isLocal, isVerified}) => !isLocal && !isVerified);

		t.deepEqual(
			found.map(({to}) => to),
			open,
		);
	});
}

test('a configuration of megabytes is read in time', t => {
	const begun = performance.now();

	hopsOf('nginx', 'upstream a {'.repeat(80_000));
	hopsOf('nginx', `# ${' '.repeat(1_000_000)}`);

	t.true(performance.now() - begun < 2000);
});

// Whom a container talks to

/** A process of the container, with these tables of its network. */
async function procWith(id: string, tcp: string, tcp6: string): Promise<string> {
	const proc = await mkdtemp(join(tmpdir(), 'sallyport-proc-'));
	await mkdir(join(proc, '42', 'net'), {recursive: true});
	await writeFile(join(proc, '42', 'cgroup'), `0::/system.slice/docker-${id}.scope\n`);
	await writeFile(join(proc, '42', 'net', 'tcp'), tcp);
	await writeFile(join(proc, '42', 'net', 'tcp6'), tcp6);
	return proc;
}

test('of connections those count that the container has opened to others', async t => {
	const id = 'd'.repeat(64);
	const proc = await procWith(
		id,
		[
			'  sl  local_address rem_address   st',
			'   0: 00000000:20FB 00000000:0000 0A 0 0 0', // listens on 8443
			'   1: 020011AC:20FB 010011AC:8E1C 01 0 0 0', // a client of it
			'   2: 020011AC:9C40 420200C0:1538 01 0 0 0', // to 192.0.2.66:5432
			'   3: 020011AC:9C41 430200C0:01BB 02 0 0 0', // to 192.0.2.67:443, on its way
			'   4: 020011AC:9C42 440200C0:01BB 06 0 0 0', // was over before
			'   5: 0100007F:9C43 0100007F:0BB8 01 0 0 0', // to itself
		].join('\n'),
		[
			'   0: 0000000000000000FFFF0000020011AC:9C44 0000000000000000FFFF0000450200C0:0050 01 0', // 192.0.2.69:80
			'   1: 00000000000000000000000001000000:9C45 B80D0120000000000000000001000000:01BB 01 0', // 2001:db8::1
		].join('\n'),
	);

	const remotes = await remotesOf({id, pid: 42}, proc);

	t.deepEqual(remotes.seen && remotes.items.map(({address, port}) => `${address} ${port}`), [
		'192.0.2.66 5432',
		'192.0.2.67 443',
		'192.0.2.69 80',
		'2001:db8:0:0:0:0:0:1 443',
	]);
	t.false((await remotesOf({id: 'e'.repeat(64), pid: 42}, proc)).seen, "another container's process");
});

const egress: readonly (readonly [allowed: unknown, result: string])[] = [
	[undefined, 'not-evaluated'],
	[[], 'fail'],
	[['192.0.2.0/24'], 'pass'],
	[['192.0.2.66'], 'pass'],
	[['192.0.2.66:5432'], 'pass'],
	[['192.0.2.66:5433'], 'fail'],
	[['10.0.0.0/8', '192.0.2.64/26:5432'], 'pass'],
	[['2001:db8::/32'], 'fail'],
	[['[2001:db8::/32]:443'], 'fail'],
	// Nothing follows from a list of which a part cannot be read.
	[['192.0.2.0/24', 'example.com'], 'not-evaluated'],
	[['192.0.2.0/99'], 'not-evaluated'],
];
for (const [allowed, result] of egress) {
	test(`a connection to 192.0.2.66:5432, when ${JSON.stringify(allowed)} is allowed: ${result}`, async t => {
		const found = await resultsOf('net-egress-allowlist', {
			remotes: async () => ({seen: true, items: [{address: '192.0.2.66', port: 5432}]}),
			paramsOf: () => ({egress: allowed}) as ReturnType<Subject['paramsOf']>,
		});

		t.deepEqual(found, [result]);
	});
}

// The first day of an image

test('what an image did on its first day is usual; what comes later is new until somebody accepts it, also after a restart', async t => {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-usual-'));
	const open = (): ReturnType<typeof openUsual> => openUsual(folder, () => undefined);
	const hour = (hours: number): Date => new Date(Date.UTC(2026, 0, 1, hours));
	const look = async (
		hours: number,
		ports: readonly number[],
		accept: readonly string[] = [],
	): Promise<string> => {
		const [result = ''] = await resultsOf('mon-new-behaviour', {
			usual: await open(),
			now: hour(hours),
			processes: async () => ({seen: true, items: []}),
			listening: async () => ({seen: true, items: ports.map(port => ({port, loopback: false}))}),
			paramsOf: () => ({accept}),
		});
		return result;
	};

	t.is(await look(0, [8443]), 'not-evaluated');
	t.is(await look(23, [8443, 9100]), 'not-evaluated');
	t.is(await look(25, [8443, 9100]), 'pass');
	t.is(await look(26, [8443, 22]), 'fail');
	t.is(await look(27, [8443, 22]), 'fail', 'it does not become usual by itself');
	t.is(await look(28, [8443, 22], ['listen:22']), 'pass');
});

test('nobody fills the memory of first days, and a broken one is begun anew and said', async t => {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-usual-'));
	const said: string[] = [];
	const usual = await openUsual(folder, code => said.push(code));
	const many = (from: number): readonly string[] =>
		Array.from({length: 128}, (_, at) => `connect:192.0.2.1:${from + at}`);
	const day = new Date(Date.UTC(2026, 0, 1));

	await usual.compare('image', many(0), day, 24);
	await usual.compare('image', many(1000), day, 24);
	const later = await usual.compare('image', [...many(0), ...many(1000)], new Date(Date.UTC(2026, 0, 3)), 24);
	await writeFile(join(folder, 'usual.json'), '[["image"');
	const anew = await (await openUsual(folder, code => said.push(code))).compare('image', [], day, 24);

	t.is(later.fresh.length, 128, 'of what came on top nothing was taken in');
	t.true(anew.isLearning);
	t.deepEqual(said, ['MEMORY_LOST']);
});

// What the output tells

function access(status: number, more: object = {}): string {
	return JSON.stringify({
		ts: '2026-01-01T00:00:00Z',
		type: 'access',
		status,
		path: '/',
		agent: 'curl',
		...more,
	});
}

const times = (count: number, line: string): readonly string[] => Array.from({length: count}, () => line);
const rates: Readonly<Record<string, readonly [lines: readonly string[], params: Params, result: string]>> = {
	'nobody asked': [['not JSON', '{"status":"500"}'], {}, 'not-applicable'],
	'probes alone': [[access(500, {agent: USER_AGENT})], {}, 'not-applicable'],
	'all is well': [times(3, access(200)), {}, 'pass'],
	'one of few': [[access(500), ...times(3, access(200))], {}, 'not-evaluated'],
	'one of a hundred': [[access(502), ...times(99, access(404))], {}, 'pass'],
	'two of a hundred': [[...times(2, access(503)), ...times(98, access(200))], {}, 'fail'],
	'two of a hundred, where so many are allowed': [
		[...times(2, access(503)), ...times(98, access(200))],
		{max: 0.02},
		'pass',
	],
	'methods that there are not': [times(50, access(501)), {}, 'pass'],
};
for (const [what, [lines, params, result]] of Object.entries(rates)) {
	test(`errors in five minutes: ${what}: ${result}`, async t => {
		const found = await resultsOf('proc-error-rate', {
			lines: async function* () {
				yield* lines;
			},
			paramsOf: () => params,
		});

		t.deepEqual(found, [result]);
	});
}

const DAY = 86_400_000;
const kept: Readonly<
	Record<string, readonly [keptDays: number | undefined, params: Params, result: string]>
> = {
	'everything since the start': [100, {}, 'not-evaluated'],
	'the last days alone': [3, {}, 'fail'],
	'the last days, and a sink is named': [3, {sink: 'logs.example'}, 'not-evaluated'],
	'the last days are enough': [95, {days: 90}, 'not-evaluated'],
	'too few are asked for': [100, {days: 30}, 'fail'],
	'nothing that says when': [undefined, {}, 'not-evaluated'],
};
for (const [what, [days, params, result]] of Object.entries(kept)) {
	test(`logs of a container that is a hundred days old: ${what}: ${result}`, async t => {
		const now = new Date();
		const found = await resultsOf('log-retention', {
			now,
			target: {startedAt: new Date(now.getTime() - 100 * DAY)},
			lines: async function* () {
				yield 'starting';
				yield days === undefined
					? 'ready'
					: access(200, {ts: new Date(now.getTime() - days * DAY).toISOString()});
			},
			paramsOf: () => params,
		});

		t.deepEqual(found, [result]);
	});
}

const exporters: Readonly<
	Record<string, readonly [variables: Readonly<Record<string, string>>, result: string]>
> = {
	'none is declared': [{NODE_ENV: 'production'}, 'not-applicable'],
	'an empty variable': [{OTEL_EXPORTER_OTLP_ENDPOINT: ''}, 'not-applicable'],
	'itself, and somebody listens': [{OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318'}, 'pass'],
	'itself, and nobody listens': [{OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4317'}, 'fail'],
	'a connection is there': [{DD_AGENT_HOST: '192.0.2.66'}, 'pass'],
	'a name, and a connection to its port': [{DD_TRACE_AGENT_URL: 'http://agent:8126'}, 'pass'],
	'no connection at this moment': [
		{OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example'},
		'not-evaluated',
	],
};
for (const [what, [variables, result]] of Object.entries(exporters)) {
	test(`an exporter of traces: ${what}: ${result}`, async t => {
		const environment = Object.entries(variables).map(([name, value]) => ({name, value}));
		const found = await resultsOf('mon-apm-active', {
			inside: insideWith({environment}),
			listening: async () => ({seen: true, items: [{port: 4318, loopback: true}]}),
			remotes: async () => ({seen: true, items: [{address: '192.0.2.66', port: 8126}]}),
		});

		t.deepEqual(found, [result]);
	});
}

// How it ends

const POLITE = {at: new Date(), asked: true, askedMs: 300};
const stops: Readonly<Record<string, readonly [ends: readonly object[], result: string]>> = {
	'nobody has asked': [[{at: new Date(), exitCode: 1, asked: false}], 'not-applicable'],
	'killed by somebody on purpose': [[{at: new Date(), exitCode: 137, asked: true}], 'not-applicable'],
	'it ended well': [[{...POLITE, exitCode: 0}], 'pass'],
	'it ended by the signal': [[{...POLITE, exitCode: 143}], 'pass'],
	'it was killed after the wait': [[{...POLITE, exitCode: 137, askedMs: 10_000}], 'fail'],
	'it broke while ending': [[{...POLITE, exitCode: 139}], 'fail'],
	'nobody knows how': [[POLITE], 'not-evaluated'],
	'long ago': [[{...POLITE, at: new Date(Date.now() - 40 * DAY), exitCode: 137}], 'not-applicable'],
};
for (const [what, [ends, result]] of Object.entries(stops)) {
	test(`asked to end: ${what}: ${result}`, async t => {
		const {past} = subjectWith();
		const whole = ends.map(
			end => ({exitCode: undefined, ...end}) as NonNullable<Subject['past']>['ends'][number],
		);
		const found = await resultsOf('avail-graceful-stop', {past: past && {...past, ends: whole}});

		t.deepEqual(found, [result]);
	});
}
