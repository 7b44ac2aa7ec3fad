import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {connect} from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import test from 'ava';
import type {Plan, PlanRoute} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, raw} from './helpers/proxied.ts';

// What doesn't end with one answer: server-sent events, WebSockets, and gRPC with a real server and a real client.

const MODULES = new URL('../node_modules', import.meta.url).pathname;
const GRPC_SERVER = readFileSync(new URL('fixtures/balance/grpc.mjs', import.meta.url), 'utf8');
const route = (path: string, to: PlanRoute['to'], more: Partial<PlanRoute> = {}): PlanRoute => ({
	path,
	match: 'prefix',
	to,
	access: {},
	limits: {},
	headers: [],
	...more,
});
const SHORT: Plan['timeouts'] = {...plan.timeouts, upstreamSeconds: 1};
const STREAMS: Plan = {
	...plan,
	timeouts: SHORT,
	routes: [
		route('/events', {kind: 'application', protocol: 'stream'}),
		route('/', {kind: 'application', protocol: 'http'}),
	],
};
const {healthPath: _, ...unhealthy} = plan.application ?? {
	port: 3000,
	instances: 1,
	health: {intervalSeconds: 1, timeoutSeconds: 1, failures: 1, passes: 1},
};
const CALLS: Plan = {
	...plan,
	application: unhealthy,
	timeouts: SHORT,
	routes: [
		route(
			'/test.Echo/Closed',
			{kind: 'application', protocol: 'grpc'},
			{access: {addresses: {allow: ['192.0.2.0/24'], deny: []}}},
		),
		route(
			'/test.Echo/Limited',
			{kind: 'application', protocol: 'grpc'},
			{limits: {requestsPerSecond: 1, burst: 0}},
		),
		route('/', {kind: 'application', protocol: 'grpc'}),
	],
};

let proxies: Around;
let streams: Container;
let calls: Container;
let client: grpc.Client;
test.before(async () => {
	proxies = await around();
	[streams, calls] = await Promise.all([
		proxies.run(STREAMS),
		proxies.run(CALLS, {'app.mjs': GRPC_SERVER, 'node_modules/none': ''}, [
			'-v',
			`${MODULES}:/node_modules:ro`,
		]),
	]);
	client = new grpc.Client(
		`127.0.0.1:${calls.https}`,
		grpc.credentials.createSsl(null, null, null, {rejectUnauthorized: false}),
	);
});
test.after.always(async () => {
	client?.close();
	await proxies?.close();
});

for (const [what, path, atLeastMs] of [
	['the pauses between them may be longer than an answer may take', '/events?pause=1500', 2500],
	['an application may ask for it on any route', '/unbuffered?pause=500', 800],
] as const) {
	test(`events come one by one, and ${what}`, async t => {
		const times: number[] = [];
		const text = await new Promise<string>(resolve => {
			let all = '';
			const socket = connect({host: '127.0.0.1', port: streams.https, rejectUnauthorized: false}, () =>
				socket.write(`GET ${path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`),
			);
			socket.on('data', chunk => {
				all += chunk.toString();
				times.push(Date.now());
			});
			socket.on('close', () => resolve(all));
		});

		t.regex(text, /data: 1\n\n[\s\S]*data: 3\n\n/);
		t.true(times.length >= 3, times.join(' '));
		t.true((times.at(-1) ?? 0) - (times[0] ?? 0) > atLeastMs, times.join(' '));
	});
}

test('an answer that takes longer than it may is 504', async t => {
	const answer = await ask(streams.https, '/slow?ms=3000');

	t.is(answer.status, 504);
	t.regex(answer.body, /^\{"status":504,/);
});

test('a WebSocket passes in both directions', async t => {
	const text = await new Promise<string>(resolve => {
		let all = '';
		const socket = connect({host: '127.0.0.1', port: streams.https, rejectUnauthorized: false}, () =>
			socket.write(
				'GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
			),
		);
		socket.on('data', chunk => {
			all += chunk.toString();
			if (all.endsWith('\r\n\r\n')) {
				socket.write('ping');
			} else if (all.endsWith('ping')) {
				socket.destroy();
			}
		});
		socket.on('close', () => resolve(all));
	});

	t.regex(text, /^HTTP\/1\.1 101 [\s\S]*ping$/);
});

const same = (value: Buffer) => value;
function call(method: string, message: string, metadata = new grpc.Metadata()): Promise<string> {
	return new Promise((resolve, reject) => {
		client.makeUnaryRequest(
			`/test.Echo/${method}`,
			same,
			same,
			Buffer.from(message),
			metadata,
			{deadline: Date.now() + 8000},
			(error, value) => (error === null ? resolve(String(value)) : reject(error)),
		);
	});
}

async function statusOf(work: Promise<unknown>): Promise<string> {
	try {
		await work;
		return 'OK';
	} catch (error) {
		return grpc.status[(error as grpc.ServiceError).code] ?? String(error);
	}
}

test.serial('a gRPC call is answered, and what the server refuses is told with its own words', async t => {
	t.is(await call('Echo', 'hello'), 'hello');
	const error = await t.throwsAsync(call('Refuse', ''));
	t.is(error?.message, '9 FAILED_PRECONDITION: not today');
	t.is(await statusOf(call('Nowhere', '')), 'UNIMPLEMENTED');
});

test.serial(
	'a gRPC server is told what the proxy knows of the client, and nothing that the client made up',
	async t => {
		const metadata = new grpc.Metadata();
		metadata.set('x-forwarded-for', '6.6.6.6');
		metadata.set('x-forwarded-user', 'root');
		metadata.set('x-own', 'mine');

		const told = JSON.parse(await call('Headers', '', metadata));

		t.is(told['x-own'], 'mine');
		t.is(told['x-forwarded-proto'], 'https');
		t.not(told['x-forwarded-for'], '6.6.6.6');
		t.is(told['x-forwarded-user'], undefined);
		t.regex(told['x-request-id'], /^[0-9a-f]{32}$/);
	},
);

test.serial('messages of a stream come one by one', async t => {
	const times: number[] = [];
	const start = Date.now();
	const stream = client.makeServerStreamRequest('/test.Echo/Count', same, same, Buffer.from(''));
	for await (const message of stream) {
		times.push(Date.now() - start);
		t.is(String(message), String(times.length));
	}

	t.is(times.length, 3);
	t.true((times[2] ?? 0) - (times[0] ?? 0) > 250, times.join(' '));
});

test.serial('both sides may speak, and be silent for longer than an answer may take', async t => {
	const chat = client.makeBidiStreamRequest('/test.Echo/Chat', same, same);
	const heard: string[] = [];
	chat.on('data', message => heard.push(String(message)));
	const ended = new Promise<grpc.StatusObject>(resolve => chat.on('status', resolve));

	chat.write(Buffer.from('one'));
	await wait(6500);
	chat.write(Buffer.from('two'));
	chat.end();

	t.is((await ended).code, grpc.status.OK);
	t.deepEqual(heard, ['got one', 'got two']);
});

test.serial('what the proxy itself refuses has a status of gRPC', async t => {
	t.is(await statusOf(call('Closed', '')), 'PERMISSION_DENIED');
	const limited = await Promise.all([1, 2, 3, 4].map(() => statusOf(call('Limited', ''))));
	t.true(limited.includes('UNAVAILABLE'), limited.join(' '));
	t.is(await statusOf(call('Echo', 'x'.repeat(100_000))), 'RESOURCE_EXHAUSTED');
	const text = await raw(
		calls.https,
		'GET /test.Echo/Closed HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n',
	);
	t.regex(text, /^HTTP\/1\.1 200 /);
	t.regex(text, /\r\ngrpc-status: 7\r\n/);
	t.regex(text, /\r\nX-Frame-Options: DENY\r\n/i);
	t.notRegex(text, /nginx/);
});
