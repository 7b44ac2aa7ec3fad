import {connect} from 'node:http2';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {GUARDED, guardedApp} from './helpers/guarded.ts';
import {type Answer, ask, type Container, raw} from './helpers/proxied.ts';

// What the proxy says on every answer, and what it does with requests that two servers could read differently.

let proxies: Around;
let shared: Container;

test.before(async () => {
	proxies = await around();
	shared = await proxies.run(GUARDED, {'app.mjs': guardedApp});
});

test.after.always(() => proxies.close());

/** All values of a header, as they came over the wire. */
async function valuesOf(path: string, name: string): Promise<readonly string[]> {
	const text = await raw(shared.https, `GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
	const [head = ''] = text.split('\r\n\r\n');
	return head
		.split('\r\n')
		.filter(line => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))
		.map(line => line.slice(name.length + 2));
}

test('a route says headers of its own: instead of the application, only where it says none, or beside it', async t => {
	const own = '/headers/own';
	t.deepEqual(await valuesOf(own, 'Content-Security-Policy'), ["default-src 'self' $here"]);
	t.deepEqual(await valuesOf(own, 'X-Frame-Options'), ['SAMEORIGIN']);
	t.deepEqual(await valuesOf(own, 'X-Only-Here'), ['the plan']);
	t.deepEqual((await valuesOf(own, 'Vary')).toSorted(), ['Accept-Language', 'Cookie']);
	t.deepEqual(await valuesOf(own, 'Content-Security-Policy-Report-Only'), ["script-src 'none'"]);
	t.deepEqual(await valuesOf(own, 'Referrer-Policy'), ['origin'], "the plan's own still fill in only");
	t.deepEqual(await valuesOf('/headers/none', 'X-Frame-Options'), ['DENY']);
});

test("a route's headers are on its errors, and on no other route", async t => {
	for (const path of ['/headers/error', '/headers/none']) {
		t.deepEqual(await valuesOf(path, 'Content-Security-Policy'), ["default-src 'self' $here"], path);
	}

	const large = await ask(shared.https, '/headers', {method: 'POST', body: 'x'.repeat(70_000)});
	t.is(large.status, 413);
	t.is(large.headers['content-security-policy'], "default-src 'self' $here");
	t.is(large.headers['x-only-here'], 'the plan');
	for (const path of ['/', '/gone', '/admin', '/healthz']) {
		t.deepEqual(
			await valuesOf(path, 'Content-Security-Policy'),
			["default-src 'self'; object-src 'none'"],
			path,
		);
		t.deepEqual(await valuesOf(path, 'X-Only-Here'), [], path);
	}
});

test('a body that is too large over HTTP/2 gets the same answer, and no page of a server', async t => {
	const session = connect(`https://127.0.0.1:${shared.https}`, {rejectUnauthorized: false});
	for (const [path, policy] of [
		['/', "default-src 'self'; object-src 'none'"],
		['/headers', "default-src 'self' $here"],
	] as const) {
		const stream = session.request({':method': 'POST', ':path': path, 'content-length': '70000'});
		stream.end('x'.repeat(70_000));
		const headers = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
			stream.on('response', resolve);
			stream.on('error', reject);
		});
		let body = '';
		for await (const chunk of stream) {
			body += String(chunk);
		}

		t.is(headers[':status'], 413);
		t.is(headers['content-security-policy'], policy);
		t.is(JSON.parse(body).status, 413);
	}

	session.close();
});

/** An answer of each kind: the application's, an error of the proxy's, a refusal of each check. */
async function answers(): Promise<Readonly<Record<string, Answer>>> {
	const limited = await Promise.all(Array.from({length: 9}, () => ask(shared.https, '/limited')));
	return {
		application: await ask(shared.https, '/'),
		error: await ask(shared.https, '/headers/error'),
		address: await ask(shared.https, '/admin'),
		password: await ask(shared.https, '/basic'),
		service: await ask(shared.https, '/forward'),
		unreachable: await ask(shared.https, '/forward', {headers: {Cookie: 'wish=cut'}}),
		refused: await ask(shared.https, '/gone'),
		unclear: await ask(shared.https, '/x/%2e%2e/admin'),
		limited: limited.find(({status}) => status === 429) ?? limited[0] ?? (await ask(shared.https, '/')),
		large: await ask(shared.https, '/', {method: 'POST', body: 'x'.repeat(70_000)}),
		hostless: await ask(shared.https, '/', {headers: {Host: 'no_host_'}}),
		health: await ask(shared.https, '/healthz'),
	};
}

test('isolation headers and the rest are on every answer, whoever makes it, and nothing names a server', async t => {
	const all = await answers();
	t.deepEqual(
		Object.values(all).map(({status}) => status),
		[200, 500, 403, 401, 401, 503, 410, 400, 429, 413, 421, 200],
	);
	for (const [kind, {headers, body}] of Object.entries(all)) {
		t.is(headers['cross-origin-opener-policy'], 'same-origin', kind);
		t.is(headers['cross-origin-embedder-policy'], 'require-corp', kind);
		t.is(headers['cross-origin-resource-policy'], 'same-origin', kind);
		t.is(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains', kind);
		t.is(headers['x-content-type-options'], 'nosniff', kind);
		t.truthy(headers['x-request-id'], kind);
		for (const name of ['server', 'x-powered-by', 'x-runtime', 'via']) {
			t.is(headers[name], undefined, `${kind} ${name}`);
		}

		t.notRegex(body, /nginx/i, kind);
	}
});

test('over plain HTTP there is everything but Strict-Transport-Security', async t => {
	const {headers} = await ask(shared.redirect, '/', {plain: true});
	t.is(headers['strict-transport-security'], undefined);
	t.is(headers['cross-origin-opener-policy'], 'same-origin');
	t.is(headers['content-security-policy'], "default-src 'self'; object-src 'none'");
	t.is(headers['x-only-here'], undefined);
});

test('every cookie becomes one for TLS only, and stays what it is otherwise', async t => {
	t.deepEqual(await valuesOf('/headers/own', 'Set-Cookie'), [
		'a=1; Path=/; Secure',
		'b=2; HttpOnly; SameSite=Lax; Secure',
		'c=3; Secure',
	]);
});

test('a header without a value is taken away', async t => {
	const bare: Plan = {
		...GUARDED,
		routes: GUARDED.routes.map(route => ({
			...route,
			headers: route.path === '/headers' ? [{name: 'X-Only-Here', value: '', mode: 'override'}] : [],
		})),
		headers: [...GUARDED.headers, {name: 'X-Frame-Options', value: '', mode: 'override'}].slice(
			-1,
		) as Plan['headers'],
	};
	const container = await proxies.run(bare, {'app.mjs': guardedApp});
	const {headers} = await ask(container.https, '/headers/own');
	t.is(headers['x-only-here'], undefined);
	t.is(headers['x-frame-options'], undefined);
	t.is(
		headers['content-security-policy'],
		"default-src 'none'",
		"what the plan says nothing of is the application's",
	);
});

const END = 'Host: h\r\nConnection: close\r\n';
/** What one server could take for one request and another for two, or for a request to somebody else. */
const AMBIGUOUS: Readonly<Record<string, string>> = {
	'a length and chunks': `POST / HTTP/1.1\r\n${END}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
	'chunks and a length': `POST / HTTP/1.1\r\n${END}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
	'two lengths': `POST / HTTP/1.1\r\n${END}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
	'the same length twice': `POST / HTTP/1.1\r\n${END}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd`,
	'a list of lengths': `POST / HTTP/1.1\r\n${END}Content-Length: 4, 4\r\n\r\nabcd`,
	'a length with a sign': `POST / HTTP/1.1\r\n${END}Content-Length: +4\r\n\r\nabcd`,
	'a length in hex': `POST / HTTP/1.1\r\n${END}Content-Length: 0x4\r\n\r\nabcd`,
	'an unknown coding': `POST / HTTP/1.1\r\n${END}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
	'two codings': `POST / HTTP/1.1\r\n${END}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
	'a list of codings': `POST / HTTP/1.1\r\n${END}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
	'chunks in HTTP/1.0': `POST / HTTP/1.0\r\n${END}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
	'a space before the colon': `POST / HTTP/1.1\r\n${END}Content-Length : 4\r\n\r\nabcd`,
	'a folded line': `GET / HTTP/1.1\r\n${END}X-A: 1\r\n folded\r\n\r\n`,
	'two hosts': `GET / HTTP/1.1\r\n${END}Host: other\r\n\r\n`,
	'no host': 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n',
	'two credentials': `GET / HTTP/1.1\r\n${END}Authorization: Basic YTpi\r\nAuthorization: Basic YzpkCg==\r\n\r\n`,
	'a zero byte': `GET / HTTP/1.1\r\n${END}X-A: a\0b\r\n\r\n`,
	'a carriage return in the path': `GET /a\rb HTTP/1.1\r\n${END}\r\n`,
	'a bad chunk': `POST / HTTP/1.1\r\n${END}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`,
	'a negative chunk': `POST / HTTP/1.1\r\n${END}Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n`,
	'above the root': `GET /../etc/passwd HTTP/1.1\r\n${END}\r\n`,
	'a tunnel': `CONNECT other:443 HTTP/1.1\r\n${END}\r\n`,
	'an echo': `TRACE / HTTP/1.1\r\n${END}\r\n`,
	'a newer protocol': `GET / HTTP/3.7\r\n${END}\r\n`,
	'the start of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
};

test('a request that two servers could read differently is refused, and the connection ends', async t => {
	for (const [kind, bytes] of Object.entries(AMBIGUOUS)) {
		const text = await raw(shared.https, `${bytes}GET /second HTTP/1.1\r\n${END}\r\n`);
		t.notRegex(text, /"url"/, kind);
		t.notRegex(text, /HTTP\/1\.1 2/, kind);
	}
});

test('what passes is said anew: the application never sees the bytes of a client', async t => {
	const chunked = await raw(
		shared.https,
		`POST /x HTTP/1.1\r\n${END}Transfer-Encoding: chunked\r\nX_Forwarded_For: 6.6.6.6\r\n\r\n3;ext=1\r\nabc\r\n0\r\nTrailer: x\r\n\r\n`,
	);
	const {headers, body} = JSON.parse(chunked.slice(chunked.indexOf('\r\n\r\n') + 4));
	t.is(body, 'abc');
	t.is(headers['content-length'], '3');
	t.is(headers['transfer-encoding'], undefined);
	t.is(headers['x_forwarded_for'], undefined);
	const bare = await raw(shared.https, 'GET /y HTTP/1.1\nHost: h\nConnection: close\n\n');
	t.is(JSON.parse(bare.slice(bare.indexOf('\r\n\r\n') + 4)).headers.host, 'h');
	const other = await raw(shared.https, `GET http://other.example/z HTTP/1.1\r\n${END}\r\n`);
	t.is(
		JSON.parse(other.slice(other.indexOf('\r\n\r\n') + 4)).headers.host,
		'other.example',
		"the target's host counts",
	);
});
