import {performance} from 'node:perf_hooks';
import test from 'ava';
import {type Around, around} from './helpers/balanced.ts';
import {GUARDED, guardedApp} from './helpers/guarded.ts';
import {type Answer, ask, type Container, raw} from './helpers/proxied.ts';

// Another service says who may pass, and each route has limits of its own.

let proxies: Around;
let shared: Container;

test.before(async () => {
	proxies = await around();
	shared = await proxies.run(GUARDED, {'app.mjs': guardedApp});
});

test.after.always(() => proxies.close());

function wishing(
	wish: string,
	headers: Readonly<Record<string, string>> = {},
	path = '/forward',
): Promise<Answer> {
	return ask(shared.https, path, {headers: {Cookie: `wish=${wish}`, ...headers}});
}

test('who may pass is told to the application by the service alone, and on no route by the client', async t => {
	const forged = {'X-User': 'mallory', 'x-user': 'mallory', 'X-Forwarded-Email': 'm@example.org'};
	const passed = JSON.parse((await wishing('ok', forged)).body).headers;
	t.like(passed, {'x-user': 'alice', 'x-forwarded-email': 'alice@example.org', cookie: 'wish=ok'});
	for (const [wish, path] of [
		['nameless', '/forward'],
		['ok', '/'],
	] as const) {
		const {status, body} = await wishing(wish, forged, path);
		t.is(status, 200);
		t.notRegex(body, /mallory|m@example|alice/, `${wish} ${path}`);
	}
});

test('a refusal is told on with its challenge and without its text', async t => {
	const unknown = await wishing('401');
	t.is(unknown.status, 401);
	t.is(unknown.headers['www-authenticate'], 'Custom realm="there"');
	const forbidden = await wishing('403');
	t.is(forbidden.status, 403);
	t.is((await ask(shared.https, '/FORWARD;x/deep')).status, 401);
	for (const {body, headers} of [unknown, forbidden]) {
		t.notRegex(body, /secret/);
		t.is(headers['x-frame-options'], 'DENY');
		t.is(headers['x-user'], undefined);
	}
});

test('a service that says anything else, nothing, or takes its time lets nobody pass: 503', async t => {
	for (const wish of ['302', '500', 'cut', 'slow']) {
		const since = performance.now();
		const answer = await wishing(wish);
		t.is(answer.status, 503, wish);
		t.is(answer.headers['retry-after'], '5', wish);
		t.is(JSON.parse(answer.body).status, 503, wish);
		t.true(performance.now() - since < 3500, `${wish} ${performance.now() - since}`);
	}
});

test('the service is asked about the request, not asked the request', async t => {
	const headers = {
		'If-None-Match': '"x"',
		Range: 'bytes=0-1',
		'X-Original-URL': '/forged',
		'X-Forwarded-Uri': '/forged',
		Upgrade: 'websocket',
		Connection: 'Upgrade',
	};
	const {status} = await ask(shared.https, '/forward/a?b=c', {
		method: 'POST',
		body: 'the body',
		headers: {Cookie: 'wish=ok', ...headers},
	});
	t.is(status, 200);
	const asked = JSON.parse((await ask(shared.https, '/asked')).body) as readonly {
		readonly method: string;
		readonly headers: Readonly<Record<string, string>>;
	}[];
	const about = asked.find(each => each.headers['x-forwarded-uri'] === '/forward/a?b=c');
	t.is(about?.method, 'GET');
	t.like(about?.headers, {
		'x-forwarded-method': 'POST',
		'x-original-url': `https://127.0.0.1:${shared.https}/forward/a?b=c`,
		'x-original-method': 'POST',
		cookie: 'wish=ok',
	});
	for (const dropped of ['if-none-match', 'range', 'content-length', 'upgrade']) {
		t.is(about?.headers[dropped], undefined, dropped);
	}
});

test('nobody outside can ask for the locations that decide', async t => {
	for (const path of ['/.sallyport/forward-5', '/.sallyport/error', '/.Sallyport/forward-5']) {
		const {status, body} = await ask(shared.https, path);
		t.true(status === 404 || JSON.parse(body).url === path, `${path} ${status}`);
	}

	t.is((await ask(shared.https, '/.sallyport/forward-5', {headers: {Cookie: 'wish=ok'}})).status, 404);
});

test('a route with a rate of its own refuses by it, and counts nobody else', async t => {
	const of = (address: string, path: string) =>
		ask(shared.https, path, {headers: {'X-Forwarded-For': address}});
	const burst = await Promise.all(Array.from({length: 9}, () => of('203.0.113.40', '/limited')));
	const refused = burst.filter(({status}) => status === 429);
	t.true(refused.length >= 5, `${refused.length} refused`);
	t.true(
		refused.every(({headers}) => headers['retry-after'] === '1' && headers['x-frame-options'] === 'DENY'),
	);
	t.is((await of('203.0.113.40', '/')).status, 200);
	t.is((await of('203.0.113.41', '/limited')).status, 200);
});

test('a client of IPv6 is its /64', async t => {
	const of = (address: string) => ask(shared.https, '/limited', {headers: {'X-Forwarded-For': address}});
	const same = await Promise.all(Array.from({length: 9}, (_, index) => of(`2001:db8:0:a0a::${index + 1}`)));
	t.true(same.filter(({status}) => status === 429).length >= 5);
	const others = await Promise.all(Array.from({length: 9}, (_, index) => of(`2001:db8:0:b${index}::1`)));
	t.true(others.every(({status}) => status === 200));
});

test('a route with a smaller body refuses a larger one, before the application sees any of it', async t => {
	const post = (path: string, length: number) =>
		ask(shared.https, path, {
			method: 'POST',
			body: 'x'.repeat(length),
			headers: {'X-Forwarded-For': `203.0.113.${100 + (length % 100)}`},
		});
	t.is((await post('/limited', 100)).status, 200);
	t.is((await post('/limited', 101)).status, 413);
	t.is((await post('/', 101)).status, 200);
	const chunked = await raw(
		shared.https,
		'POST /limited HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.50\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n' +
			`80\r\n${'x'.repeat(128)}\r\n0\r\n\r\n`,
	);
	t.regex(chunked, /^HTTP\/1\.1 413 /);
});
