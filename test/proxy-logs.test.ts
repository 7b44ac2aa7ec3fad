import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {GUARDED, guardedApp} from './helpers/guarded.ts';
import {ask, type Container, linesOf, raw} from './helpers/proxied.ts';

// What is written down of a request: enough to follow it, bounded, and of its client only the network where that is asked for.

type Line = Readonly<Record<string, unknown>>;

let proxies: Around;
let shared: Container;
let access: readonly Line[];
let errors: readonly Line[];
let texts: readonly string[];

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ADDRESSES = {
	'203.0.113.77': '203.0.113.0',
	'2001:db8:aaaa:bbbb:cccc::dddd': '2001:db8:aaaa::',
	'2001:db8:aaaa::7': '2001:db8:aaaa::',
	'2001:db8::7': '2001:db8::',
	'2001::7': '2001::',
	'::7': '::',
	'2001:db8:0:1:2:3:4:7': '2001:db8::',
} as const;
const BAD_TRACES = [
	'00-00000000000000000000000000000000-00f067aa0ba902b7-01',
	'00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
	'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
	'00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
	'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-"}',
];

test.before(async () => {
	const plan: Plan = {...GUARDED, logs: {truncatesAddresses: true}};
	proxies = await around();
	shared = await proxies.run(plan, {'app.mjs': guardedApp});
	for (const [index, address] of Object.keys(ADDRESSES).entries()) {
		const headers = {'X-Forwarded-For': address, 'X-Request-ID': `asked-by-number-${index}`};
		await ask(shared.https, `/plain/${index}?token=hidden`, {headers});
		// Refused by address, which is an error line.
		await ask(shared.https, `/admin/open/../${index}?token=hidden`, {headers});
		await ask(shared.https, `/exact?token=hidden`, {headers});
	}

	await ask(shared.https, '/traced', {headers: {Traceparent: TRACE}});
	for (const trace of BAD_TRACES) {
		await ask(shared.https, '/untraced', {headers: {Traceparent: trace}});
	}

	await Promise.all(Array.from({length: 6}, () => ask(shared.https, '/limited')));
	const longest = '"'.repeat(6000);
	const agent = '\\'.repeat(6000);
	await raw(
		shared.https,
		`GET /${longest}?token=hidden HTTP/1.1\r\nHost: ${'a'.repeat(253)}\r\nUser-Agent: ${agent}\r\nX-Forwarded-For: 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff\r\n` +
			`X-Request-ID: ${'i'.repeat(64)}\r\nTraceparent: ${TRACE}\r\nConnection: close\r\n\r\n`,
	);
	await wait(1500);
	const {stdout, stderr} = await linesOf(proxies.docker, shared);
	texts = [...stdout, ...stderr];
	access = stdout.map(line => JSON.parse(line));
	errors = stderr.map(line => JSON.parse(line));
});

test.after.always(() => proxies.close());

const of = (path: string) => access.filter(line => line['path'] === path);

test('of a client only the network is written, in errors too', t => {
	for (const [index, [address, network]] of Object.entries(ADDRESSES).entries()) {
		t.is(of(`/plain/${index}`)[0]?.['client'], network, address);
		t.false(
			texts.some(text => text.includes(`"${address}"`) || text.includes(` ${address}`)),
			address,
		);
	}

	const told = errors.filter(({message}) => String(message).includes('forbidden by rule'));
	// The first is of a network that may.
	t.deepEqual(new Set(told.map(({client}) => client)), new Set(Object.values(ADDRESSES).slice(1)));
});

test('a line is bounded, whatever is asked, and holds no query', t => {
	const lengths = texts.map(text => Buffer.byteLength(text));
	t.true(Math.max(...lengths) < 4000, String(Math.max(...lengths)));
	t.true(Math.max(...lengths) > 2500, `the longest was tried: ${Math.max(...lengths)}`);
	t.false(texts.some(text => text.includes('hidden')));
});

test('a line tells whom the request went to, how long each part took, and what was refused', t => {
	const [line] = of('/plain/0');
	t.like(line, {
		type: 'access',
		status: 200,
		upstream: '127.0.0.1:3000',
		upstream_status: '200',
		limited: 'PASSED',
	});
	t.regex(String(line?.['upstream_header']), /^\d+\.\d{3}$/);
	t.regex(String(line?.['upstream_time']), /^\d+\.\d{3}$/);
	t.regex(String(line?.['tls_version']), /^TLSv1\.3$/);
	t.is(typeof line?.['duration'], 'number');
	t.true(of('/limited').some(each => each['limited'] === 'REJECTED' && each['status'] === 429));
});

test('a request is found by its id and by its trace, and only by valid ones', t => {
	t.is(of('/plain/3')[0]?.['request_id'], 'asked-by-number-3');
	t.is(of('/traced')[0]?.['trace'], TRACE);
	t.deepEqual(
		of('/untraced').map(({trace}) => trace),
		BAD_TRACES.map(() => ''),
	);
});

test('the application gets a valid trace and no other', async t => {
	const seen = async (trace: string) =>
		JSON.parse((await ask(shared.https, '/', {headers: {Traceparent: trace}})).body).headers.traceparent;
	t.is(await seen(TRACE), TRACE);
	for (const trace of BAD_TRACES) {
		t.is(await seen(trace), undefined, trace);
	}
});
