import test from 'ava';
import {type Around, around} from './helpers/balanced.ts';
import {GUARDED, guardedApp, PASSWORD} from './helpers/guarded.ts';
import {type Answer, ask, type Container, type Question, raw} from './helpers/proxied.ts';

// Who may ask for what, and that no way of writing a path leads around it.

let proxies: Around;
let shared: Container;

test.before(async () => {
	proxies = await around();
	shared = await proxies.run(GUARDED, {'app.mjs': guardedApp});
});

test.after.always(() => proxies.close());

/** As a client with this address, behind a proxy that is trusted. */
function from(address: string, path: string, question: Question = {}): Promise<Answer> {
	const headers = {...question.headers, 'X-Forwarded-For': address};
	return ask(shared.https, path, {...question, headers});
}

function basic(name: string, password: string): string {
	return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/** Every way that we know of to write /admin for one of two readers. */
const DISGUISES = [
	'/admin',
	'/admin/',
	'/admin?x',
	'/admin/users',
	'/ADMIN',
	'/aDmIn/users',
	'//admin',
	'///admin//users',
	'/./admin',
	'/x/../admin',
	'/x//../admin',
	'/%61dmin',
	'/%41DMIN/users',
	'/%2e/admin',
	'/x/%2e%2e/admin',
	'/x/%2E./admin',
	'/x%2f..%2fadmin',
	'/x%2F%2e%2e%2Fadmin',
	'/%2fadmin',
	'/admin%2fusers',
	'/admin;x',
	'/admin;x=y/users',
	'/admin%3bx',
	'/;x/admin',
	'/x/..;/admin',
	'/x/..;y=z/admin',
	'/.;/admin',
	'/%2e%2e;/admin',
	String.raw`/\admin`,
	String.raw`/x\..\admin`,
	String.raw`/x/..\admin`,
	'/x%5c..%5cadmin',
	'/%5cadmin',
	'//elsewhere.example/admin',
	String.raw`/\elsewhere.example/admin`,
	'/admin#',
	'/admin#/../x',
	'/x#/../admin',
	'/x%252f..%252fadmin',
	'/x/%252e%252e/admin',
	'/admin/open/../users',
	'/admin/open/%2e%2e/users',
	'/admin/open/..%2fusers',
	'/admin/open;/../users',
	'/admin/open/..;/users',
	'/admin%0a',
	'/admin%00',
	'/admin%20',
	'http://app.example/admin',
	'http://app.example//admin',
	'https://app.example/x/../admin',
];

test('a closed route stays closed however its path is written, and the application is never asked', async t => {
	for (const path of DISGUISES) {
		const text = await raw(
			shared.https,
			`GET ${path} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`,
		);
		// `/admin%20` is another path to everybody.
		const expected = path === '/admin%20' ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 (?:403|400) /;
		t.regex(text, expected, path);
		t.is(text.includes('"url"'), path === '/admin%20', path);
	}
});

test('a prefix ends where a segment ends, and an exact path is that path', async t => {
	const statuses = {
		'/administer': 200,
		'/admin-x': 200,
		'/admin.html': 200,
		'/x/admin': 200,
		'/exact': 403,
		'/EXACT': 403,
		'/exact/': 403,
		'/exact;x': 403,
		'/exact?x': 403,
		'/exact/deeper': 200,
		'/exactly': 200,
		'/gone': 410,
		'/Gone/away': 410,
	};
	for (const [path, status] of Object.entries(statuses)) {
		t.is((await ask(shared.https, path)).status, status, path);
	}
});

test('what is open inside of what is closed is open, and only that', async t => {
	t.is((await ask(shared.https, '/admin/open')).status, 200);
	t.is((await ask(shared.https, '/Admin/Open/more')).status, 200);
	t.is((await ask(shared.https, '/admin/opened')).status, 403);
});

test('the first network that fits decides, and with a list of the allowed all others are refused', async t => {
	t.is((await from('203.0.113.7', '/admin')).status, 200);
	t.is((await from('203.0.113.66', '/admin')).status, 403);
	t.is((await from('2001:db8:7::1', '/admin')).status, 200);
	t.is((await from('2001:db9::1', '/admin')).status, 403);
	t.is((await from('198.51.100.1', '/denied')).status, 403);
	t.is((await from('198.51.101.1', '/denied')).status, 200);
});

test('of the addresses that are forwarded, the last one that is no trusted proxy counts', async t => {
	t.is((await from('203.0.113.7, 10.9.0.1', '/admin')).status, 200);
	t.is((await from('203.0.113.7, 6.6.6.6', '/admin')).status, 403);
	t.is((await from('203.0.113.7, 6.6.6.6, 10.9.0.1', '/admin')).status, 403);
	t.is((await from('203.0.113.7, nonsense', '/admin')).status, 403);
	const {headers} = JSON.parse((await from('203.0.113.7, 10.9.0.1', '/')).body);
	t.is(headers['x-forwarded-for'], '203.0.113.7');
	t.is(headers['x-real-ip'], '203.0.113.7');
});

test('a trusted proxy is believed in the scheme and the request id, if they are any', async t => {
	const said = async (headers: Readonly<Record<string, string>>) => {
		const answer = await ask(shared.https, '/', {headers});
		return {...JSON.parse(answer.body).headers, answered: answer.headers['x-request-id']};
	};
	const id = 'lb-0123456789.ABC_x';
	const good = await said({'X-Request-ID': id, 'X-Forwarded-Proto': 'http'});
	t.like(good, {'x-request-id': id, answered: id, 'x-forwarded-proto': 'http'});
	for (const bad of ['short', 'with"quote-and-more', 'x'.repeat(65), 'two words here']) {
		t.regex((await said({'X-Request-ID': bad})).answered, /^[0-9a-f]{32}$/, bad);
	}

	t.is((await said({'X-Forwarded-Proto': 'gopher'}))['x-forwarded-proto'], 'https');
});

test('from whoever is no trusted proxy nothing that is forwarded is believed', async t => {
	const container = await proxies.run(
		{...GUARDED, trustedProxies: ['192.0.2.0/24']},
		{'app.mjs': guardedApp},
	);
	const headers = {
		'X-Forwarded-For': '203.0.113.7',
		'X-Real-IP': '203.0.113.7',
		Forwarded: 'for=203.0.113.7',
		'X-Forwarded-Proto': 'http',
		'X-Request-ID': 'forged-0123456789',
	};
	t.is((await ask(container.https, '/admin', {headers})).status, 403);
	const open = await ask(container.https, '/', {headers});
	t.notRegex(open.body, /203\.0\.113\.7|forged/);
	t.is(JSON.parse(open.body).headers['x-forwarded-proto'], 'https');
	t.regex(String(open.headers['x-request-id']), /^[0-9a-f]{32}$/);
});

test('a password opens, is not told on, and the application learns whose it was from the proxy alone', async t => {
	const none = await from('203.0.113.10', '/basic');
	t.is(none.status, 401);
	t.is(none.headers['www-authenticate'], 'Basic realm="the $realm; of {it}"');
	for (const [name, password] of [
		['alice', PASSWORD],
		['bob', 'battery'],
	] as const) {
		const headers = {
			Authorization: basic(name, password),
			'X-Forwarded-User': 'mallory',
			'X-Remote-User': 'root',
		};
		const answer = await from('203.0.113.10', '/Basic/deep', {headers});
		t.is(answer.status, 200);
		const seen = JSON.parse(answer.body).headers;
		t.is(seen['x-forwarded-user'], name);
		t.is(seen.authorization, undefined);
		t.is(seen['x-remote-user'], undefined);
	}

	for (const wrong of [
		basic('alice', 'battery'),
		basic('carol', PASSWORD),
		basic('alice', ''),
		'Basic !',
		'Bearer x',
	]) {
		t.is((await from('203.0.113.10', '/basic', {headers: {Authorization: wrong}})).status, 401, wrong);
	}

	const open = await from('203.0.113.10', '/', {
		headers: {Authorization: 'Bearer its-own', 'X-Forwarded-User': 'mallory'},
	});
	t.is(
		JSON.parse(open.body).headers.authorization,
		'Bearer its-own',
		"elsewhere it is the application's business",
	);
	t.is(JSON.parse(open.body).headers['x-forwarded-user'], undefined);
});

test('what is asked for must all be met: the right password from the wrong network is refused', async t => {
	const headers = {Authorization: basic('alice', PASSWORD)};
	t.is((await from('198.51.100.3', '/basic', {headers})).status, 403);
	t.is((await from('198.51.101.3', '/basic', {headers})).status, 200);
});

test('guessing passwords is slow, for the one who guesses', async t => {
	const guesses = await Promise.all(
		Array.from({length: 60}, (_, index) =>
			from('203.0.113.20', '/basic', {headers: {Authorization: basic('alice', `guess ${index}`)}}),
		),
	);
	const refused = guesses.filter(({status}) => status === 429);
	t.true(refused.length >= 10 && refused.length < 25, `${refused.length} of 60 refused`);
	t.true(refused.every(({headers}) => headers['retry-after'] === '1'));
	const right = {Authorization: basic('alice', PASSWORD)};
	t.is(
		(await from('203.0.113.20', '/basic', {headers: right})).status,
		429,
		'not even the right one is looked at',
	);
	t.is((await from('203.0.113.20', '/basic')).status, 401, 'who presents no password is not counted');
	t.is((await from('203.0.113.21', '/basic', {headers: right})).status, 200);
});
