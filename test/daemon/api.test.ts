import {statSync, writeFileSync} from 'node:fs';
import {request as httpRequest} from 'node:http';
import {createConnection, createServer} from 'node:net';
import {join} from 'node:path';
import {Client, credentials, type ServiceError} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import protobuf from 'protobufjs';
import type {TargetView} from '../../daemon/api/answers.ts';
import {type Api, startApi} from '../../daemon/api/api.ts';
import type {Log} from '../../daemon/log/log.ts';
import {readBundle} from '../../proto/bundle.ts';
import {openCheckpoint} from '../../proto/checkpoint.ts';
import {verifyEnvelope} from '../../proto/envelope.ts';
import {verifyConsistency, verifyInclusion} from '../../proto/merkle.ts';
import {predicateTypes} from '../../proto/statement.ts';
import {readTrustedRoot} from '../../proto/trusted-root.ts';
import {nobody} from '../helpers/episode.ts';
import {folderOf, IMAGE_DIGEST, testLog} from '../helpers/record.ts';

interface Served {
	readonly api: Api;
	readonly log: Log;
	readonly socket: string;
	readonly ids: readonly string[];
	readonly defects: readonly unknown[];
}

const target: TargetView = {
	id: 'c0'.repeat(32),
	name: 'web-1',
	image: 'app:1',
	state: 'attested',
	verdict: 'pass',
};

/** A log of 12 entries behind a real API on a free port and a socket. */
async function serve(t: ExecutionContext): Promise<Served> {
	const record = testLog(t);
	const log = await record.open();
	const ids: string[] = [];
	for (let i = 0; i < 12; i++) {
		const verdict = i % 4 === 0 ? 'fail' : 'pass';
		const checks = {'run-no-privileged': verdict} as const;
		const envelope = await record.sealed({name: `web-${i % 3}`, verdict, checks});
		ids.push((await log.append(envelope)).id);
	}

	const socket = join(record.folder, 'run', 'api.sock');
	const defects: unknown[] = [];
	const onDefect = (error: unknown): void => {
		defects.push(error);
	};
	const api = await startApi({
		log,
		targets: () => [target],
		people: nobody,
		socket,
		listen: '127.0.0.1:0',
		onDefect,
	});
	t.teardown(() => api.close());
	return {api, log, socket, ids, defects};
}

interface Reply {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
	readonly body: any;
	readonly headers: Headers;
}

async function get({api}: Served, path: string, init?: RequestInit): Promise<Reply> {
	const response = await fetch(`http://${api.address}${path}`, init ?? {});
	return {status: response.status, body: await response.json(), headers: response.headers};
}

test('a list carries its checkpoint, its total and its integrity', async t => {
	const served = await serve(t);
	const {status, body, headers} = await get(served, '/v1/entries');

	t.is(status, 200);
	t.is(body.total, 12);
	t.is(body.entries.length, 12);
	t.is(body.nextPageToken, '');
	t.deepEqual(body.integrity, {state: 'ok'});
	t.is(openCheckpoint(body.checkpoint.note, served.log.publicKey).size, 12);
	t.is(headers.get('sallyport-integrity'), 'ok');
	t.like(body.entries[0], {position: 11, id: served.ids[11], verdict: 'pass', name: 'web-2'});
});

test('pages hold every entry once, also while the log grows', async t => {
	const served = await serve(t);
	const record = await served.log.get(String(served.ids[0]));
	const seen: number[] = [];
	let token = '';
	do {
		const {body} = await get(served, `/v1/entries?page_size=5&page_token=${token}`);
		seen.push(...body.entries.map(({position}: {position: number}) => position));
		t.is(body.total, 12);
		token = body.nextPageToken;
		await served.log.append(record.envelope);
	} while (token !== '');

	t.deepEqual(seen, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

test('each filter narrows the list, and the total with it', async t => {
	const served = await serve(t);
	const cases: Readonly<Record<string, number>> = {
		'container=web-1': 4,
		[`container=${'c0'.repeat(32)}`]: 12,
		'container=c0c0c0c0c0c0': 12,
		[`image=sha256:${IMAGE_DIGEST}`]: 12,
		'image=registry.example/app:1.2': 12,
		'image=other': 0,
		'control=run-no-privileged': 12,
		'control=run-no-privileged&outcome=fail': 3,
		'control=no-such-control': 0,
		'verdict=fail': 3,
		'verdict=incomplete': 0,
		'predicate_type=runtime-verification': 12,
		[`predicate_type=${encodeURIComponent(predicateTypes.coverage)}`]: 0,
		'since=2020-01-01T00:00:00Z': 12,
		'until=2020-01-01T00:00:00%2B01:00': 0,
		'container=web-0&verdict=fail&order=oldest': 1,
	};

	for (const [query, total] of Object.entries(cases)) {
		const {status, body} = await get(served, `/v1/entries?${query}`);
		t.is(status, 200, query);
		t.is(body.total, total, query);
		t.is(body.entries.length, total, query);
	}
});

test('an entry is served with its envelope and its statement; its bundle verifies', async t => {
	const served = await serve(t);
	const id = String(served.ids[4]);
	const {body} = await get(served, `/v1/entries/${id}`);
	const {body: bundle, headers} = await get(served, `/v1/entries/${id}/bundle`);

	t.is(body.entry.position, 4);
	t.is(body.statement.predicate.verdict, 'fail');
	t.deepEqual(readBundle(bundle).dsseEnvelope, body.envelope);
	t.is(headers.get('content-type'), 'application/vnd.dev.sigstore.bundle.v0.3+json');
	const [attestor] = served.log.attestors;
	t.true(attestor !== undefined && verifyEnvelope(body.envelope, attestor));
});

test('proofs and keys are served as a client needs them', async t => {
	const served = await serve(t);
	const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
	const {body: checkpoint} = await get(served, '/v1/log/checkpoint');
	const {body: inclusion} = await get(served, '/v1/log/inclusion?position=4');
	const {body: consistency} = await get(served, '/v1/log/consistency?first=5&second=12');
	const {body: older} = await get(served, '/v1/log/inclusion?position=4&size=5');

	t.true(
		verifyInclusion({
			leaf: bytes(inclusion.leafHash),
			position: 4,
			size: 12,
			proof: inclusion.hashes.map(bytes),
			rootHash: bytes(checkpoint.rootHash),
		}),
	);
	t.true(
		verifyConsistency({
			first: 5,
			second: 12,
			firstRoot: bytes(older.rootHash),
			secondRoot: bytes(checkpoint.rootHash),
			proof: consistency.hashes.map(bytes),
		}),
	);
	const [log] = readTrustedRoot((await get(served, '/v1/trusted-root')).body);
	t.true(log?.publicKey.equals(served.log.publicKey));
	const {body: keys} = await get(served, '/v1/keys');
	t.deepEqual(
		keys.keys.map(({use}: {use: string}) => use),
		['attestation', 'log'],
	);
	t.deepEqual((await get(served, '/v1/targets')).body.targets, [target]);
});

test('a bad request gets one error that names what is wrong and what to send', async t => {
	const served = await serve(t);
	const {body: page} = await get(served, '/v1/entries?page_size=2&verdict=pass');
	const token = String(page.nextPageToken);
	const cases: readonly (readonly [path: string, status: number, message: RegExp])[] = [
		['/v1/entries?colour=red', 400, /no parameter "colour".*page_size/],
		['/v1/entries?verdict=pass&verdict=fail', 400, /verdict is given twice/],
		['/v1/entries?page_size=0', 400, /page_size is a number from 1/],
		['/v1/entries?page_size=-1', 400, /page_size is a whole number/],
		['/v1/entries?page_size=1e3', 400, /page_size/],
		['/v1/entries?page_token=abc', 400, /page_token is not one that this daemon gave/],
		[`/v1/entries?page_token=${token}`, 400, /same filters/],
		[`/v1/entries?verdict=pass&page_token=${token.slice(0, -2)}AA`, 400, /page_token/],
		['/v1/entries?outcome=fail', 400, /give control as well/],
		['/v1/entries?control=run-no-privileged&outcome=bad', 400, /outcome is one of pass, fail/],
		['/v1/entries?verdict=maybe', 400, /verdict is one of pass, fail, incomplete/],
		['/v1/entries?since=yesterday', 400, /since is a time such as/],
		['/v1/entries?until=2026-13-40T25:00:00Z', 400, /until is not a time that exists/],
		['/v1/entries?container=../../etc', 400, /container is a container's name/],
		["/v1/entries?image=a'%20OR%201=1", 400, /image is sha256/],
		[`/v1/entries?image=${'x'.repeat(600)}`, 400, /longer than 512/],
		['/v1/entries?control=A', 400, /control is the id of a control/],
		['/v1/entries/01J00000000000000000000000', 404, /no entry/],
		['/v1/entries/01J00000000000000000000000?x=1', 400, /takes none/],
		['/v1/entries/..%2f..%2fetc', 404, /no such path/],
		['/v2/entries', 404, /\/v1\/entries/],
		['//evil.example/v1/entries', 404, /no such path/],
		['/v1/log/inclusion', 400, /position is missing/],
		['/v1/log/inclusion?position=12', 400, /12 entries has no position 12/],
		['/v1/log/inclusion?position=1&size=99', 400, /no tree of 99/],
		['/v1/log/inclusion?position=99999999999999999999', 400, /whole number/],
		['/v1/log/consistency?first=9&second=3', 400, /can't continue/],
	];

	for (const [path, status, message] of cases) {
		const reply = await get(served, path);
		t.is(reply.status, status, path);
		t.regex(reply.body.message, message, path);
		t.is(typeof reply.body.code, 'number');
		t.is(reply.body.details[0]['@type'], 'type.googleapis.com/google.rpc.ErrorInfo');
	}

	t.deepEqual(served.defects, []);
});

test('nothing but reading is done over HTTP', async t => {
	const served = await serve(t);
	const {status, headers} = await get(served, '/v1/entries', {method: 'POST', body: 'x'.repeat(100_000)});
	t.is(status, 405);
	t.is(headers.get('allow'), 'GET, HEAD');
	t.is((await get(served, '/v1/entries/x', {method: 'DELETE'})).status, 405);
	const head = await fetch(`http://${served.api.address}/healthz`, {method: 'HEAD'});
	t.is(head.status, 200);
	t.is(await head.text(), '');
});

test('a page of a browser that found its way to the loopback by a name of its own is refused', async t => {
	const served = await serve(t);
	const [host, port] = served.api.address.split(':');
	const status = await new Promise(resolve => {
		httpRequest({host, port, path: '/v1/entries', headers: {host: 'evil.example'}}, response =>
			resolve(response.statusCode),
		).end();
	});

	t.is(status, 400);
	t.is((await get(served, '/v1/entries')).status, 200);
});

/** Sends bytes and tells what came back until the other side closed. */
function raw({api}: Served, bytes: string, everyMs?: number): Promise<string> {
	return new Promise(resolve => {
		const [host = '', port = ''] = api.address.split(':');
		const connection = createConnection({host, port: Number(port)});
		let text = '';
		connection.on('data', chunk => {
			text += String(chunk);
		});
		connection.on('error', () => undefined);
		let at = 0;
		const timer = setInterval(() => connection.write(bytes.slice(at, ++at)), everyMs ?? 1_000_000);
		connection.on('close', () => {
			clearInterval(timer);
			resolve(text);
		});
		if (everyMs === undefined) {
			connection.write(bytes);
		}
	});
}

test('who says nothing, or never comes to the end, is cut off in seconds', async t => {
	const served = await serve(t);
	const started = performance.now();
	const slow = `GET /v1/entries HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${'a'.repeat(2000)}`;

	const [silent, half, dripping] = await Promise.all([
		raw(served, ''),
		raw(served, 'GE'),
		raw(served, slow, 50),
	]);

	t.is(silent, '');
	t.is(half, '');
	t.regex(dripping, /^HTTP\/1\.1 408/);
	t.true(performance.now() - started < 15_000);
	t.is((await get(served, '/healthz')).status, 200);
});

test('headers and paths without end are refused, and the daemon goes on', async t => {
	const served = await serve(t);
	const header = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`;
	const path = `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`;

	t.regex(await raw(served, header), /^HTTP\/1\.1 431/);
	t.regex(await raw(served, path), /^HTTP\/1\.1 431/);
	t.regex(await raw(served, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400/);
	t.is((await get(served, '/healthz')).status, 200);
});

const messages = protobuf.loadSync(new URL('../../proto/log.proto', import.meta.url).pathname);

/** Calls over gRPC with the .proto text alone, as a client in another language would. */
function call(
	t: ExecutionContext,
	address: string,
	[service, method, asked, answered]: readonly [string, string, string, string],
	request: object,
	// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
): Promise<any> {
	const client = new Client(address, credentials.createInsecure());
	t.teardown(() => client.close());
	const [Asked, Answered] = [messages.lookupType(asked), messages.lookupType(answered)];
	return new Promise((resolve, reject) => {
		client.makeUnaryRequest(
			`/sallyport.v1.${service}/${method}`,
			(value: object) => Buffer.from(Asked.encode(Asked.fromObject(value)).finish()),
			(bytes: Buffer) => Answered.toObject(Answered.decode(bytes), {longs: Number, bytes: String}),
			request,
			{deadline: Date.now() + 5000},
			(error: ServiceError | null, value?: unknown) => (error === null ? resolve(value) : reject(error)),
		);
	});
}

test('gRPC answers the same questions, over the socket and over TCP', async t => {
	const served = await serve(t);
	const list = ['Record', 'ListEntries', 'ListEntriesRequest', 'ListEntriesResponse'] as const;
	const {body} = await get(served, '/v1/entries?verdict=fail&page_size=2');

	for (const address of [`unix:${served.socket}`, served.api.address]) {
		const answer = await call(t, address, list, {verdict: 'fail', pageSize: 2});
		t.deepEqual(answer.entries, body.entries);
		t.is(answer.total, 3);
		t.deepEqual(answer.checkpoint, body.checkpoint);
		const rest = await call(t, address, list, {
			verdict: 'fail',
			pageSize: 2,
			pageToken: answer.nextPageToken,
		});
		t.is(rest.entries.length, 1);
	}

	const id = String(served.ids[4]);
	const bundle = await call(t, served.api.address, ['Record', 'GetBundle', 'GetEntryRequest', 'Bundle'], {
		id,
	});
	t.is(readBundle(JSON.parse(bundle.json)).verificationMaterial.tlogEntries[0].logIndex, '4');
	const entry = await call(t, served.api.address, ['Record', 'GetEntry', 'GetEntryRequest', 'Entry'], {id});
	t.is(JSON.parse(entry.statement).predicate.verdict, 'fail');
	const targets = ['Record', 'ListTargets', 'ListTargetsRequest', 'ListTargetsResponse'] as const;
	t.like((await call(t, served.api.address, targets, {})).targets[0], {name: 'web-1', state: 'attested'});
	const keys = await call(
		t,
		served.api.address,
		['Log', 'ListKeys', 'ListKeysRequest', 'ListKeysResponse'],
		{},
	);
	t.is(keys.keys.length, 2);
	const root = ['Log', 'GetTrustedRoot', 'GetTrustedRootRequest', 'TrustedRoot'] as const;
	t.is(readTrustedRoot(JSON.parse((await call(t, served.api.address, root, {})).json)).length, 1);
});

test('gRPC proofs are those of HTTP, at the newest tree unless a size is given', async t => {
	const served = await serve(t);
	const inclusion = ['Log', 'GetInclusionProof', 'GetInclusionProofRequest', 'InclusionProof'] as const;
	const consistency = [
		'Log',
		'GetConsistencyProof',
		'GetConsistencyProofRequest',
		'ConsistencyProof',
	] as const;

	for (const [size, query] of [
		[undefined, ''],
		[7, '&size=7'],
	] as const) {
		const {body} = await get(served, `/v1/log/inclusion?position=3${query}`);
		t.deepEqual(await call(t, served.api.address, inclusion, {position: 3, size}), body);
	}

	const {body} = await get(served, '/v1/log/consistency?first=5');
	t.deepEqual(await call(t, served.api.address, consistency, {first: 5}), body);
});

test('gRPC errors have the code and the sentence that HTTP has', async t => {
	const served = await serve(t);
	const list = ['Record', 'ListEntries', 'ListEntriesRequest', 'ListEntriesResponse'] as const;
	const entry = ['Record', 'GetEntry', 'GetEntryRequest', 'Entry'] as const;

	await t.throwsAsync(call(t, served.api.address, list, {verdict: 'maybe'}), {message: /verdict is one of/});
	await t.throwsAsync(call(t, served.api.address, list, {pageToken: 'x'.repeat(100_000)}), {
		message: /larger than max|RESOURCE_EXHAUSTED/,
	});
	const error = await t.throwsAsync(call(t, served.api.address, entry, {id: 'x'}));
	t.is((error as ServiceError).code, 5);
});

test('a broken log answers, says so everywhere, and is not ready', async t => {
	const record = testLog(t);
	await record.fill(6);
	const other = testLog(t);
	const log = await record.open({logKey: other.logKey});
	const socket = join(record.folder, 'api.sock');
	const api = await startApi({
		log,
		targets: () => [],
		people: nobody,
		socket,
		listen: '127.0.0.1:0',
		onDefect: error => t.fail(String(error)),
	});
	t.teardown(() => api.close());
	const served = {api, log, socket, ids: [], defects: []};

	const {status, body, headers} = await get(served, '/v1/entries');
	t.is(status, 200);
	t.is(body.total, 6);
	t.is(body.integrity.state, 'broken');
	t.regex(body.integrity.reason, /not signed by this log's key/);
	t.is(headers.get('sallyport-integrity'), 'broken');
	t.is((await get(served, '/readyz')).status, 503);
	t.is((await get(served, '/healthz')).status, 200);
});

test('the socket is for its group, a stale one is replaced, and a living or foreign one is not', async t => {
	const served = await serve(t);
	t.is(statSync(served.socket).mode & 0o777, 0o660);
	const {log} = served;
	const again = {
		log,
		targets: () => [],
		people: nobody,
		listen: '127.0.0.1:0',
		onDefect: (error: unknown) => t.fail(String(error)),
	};

	await t.throwsAsync(startApi({...again, socket: served.socket}), {message: /another daemon answers there/});
	const folder = folderOf(t);
	const file = join(folder, 'file');
	writeFileSync(file, '');
	await t.throwsAsync(startApi({...again, socket: file}), {message: /no socket; remove it/});
	await t.throwsAsync(startApi({...again, socket: join(folder, 'a.sock'), listen: served.api.address}), {
		message: /can't listen on 127/,
	});

	const stale = join(folder, 'stale.sock');
	await leaveBehind(stale);
	const api = await startApi({...again, socket: stale});
	await api.close();
	t.pass();
});

// What a killed daemon leaves: a socket file that nobody listens on.
async function leaveBehind(path: string): Promise<void> {
	const {spawn} = await import('node:child_process');
	const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
	await new Promise(resolve => spawn(process.execPath, ['-e', code]).on('close', resolve));
}

test('closing lets a running answer end, and frees the address', async t => {
	const served = await serve(t);
	const running = get(served, '/v1/entries');
	await running;
	await served.api.close();

	const port = Number(served.api.address.split(':')[1]);
	await new Promise<void>((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
	});
	t.pass();
});
