import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import type {Engine} from '../frontend/proxies/engine.ts';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {guardedApp, PASSWORD} from './helpers/guarded.ts';
import {plan, route} from './helpers/plan.ts';
import {type Answer, ask, type Container, linesOf, raw} from './helpers/proxied.ts';

// The same plan behind both engines, and the same questions to both. What differs stands in the table of `docs/proxy.md`.

const HASH =
	'$6$rounds=5000$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0';
const PLAN: Plan = {
	...plan,
	hosts: ['app.example', '*.wild.example'],
	routes: [
		route('/admin', {access: {addresses: {deny: [], allow: ['203.0.113.0/24']}}}),
		route('/basic', {access: {basic: {realm: 'here', users: [{name: 'alice', hash: HASH}]}}}),
		route('/forward', {access: {forward: {path: '/permit', headers: ['X-User']}}}),
		route('/limited', {limits: {requestsPerSecond: 1, burst: 2, bodyBytes: 100}}),
		route('/gone', {to: {kind: 'refuse', status: 410}}),
		route('/'),
	],
	headers: [...plan.headers, {name: 'Cross-Origin-Opener-Policy', value: 'same-origin', mode: 'override'}],
	pages: {robots: 'User-agent: *\n', errors: []},
};

const behind: {around: Around; container: Container; engine: Engine}[] = [];

test.before(async () => {
	for (const engine of ['nginx', 'traefik'] as const) {
		const proxies = await around(engine);
		const container = await proxies.run(PLAN, {'app.mjs': guardedApp});
		behind.push({around: proxies, container, engine});
	}
});

test.after.always(async () => {
	for (const each of behind) {
		await each.around.close();
	}
});

type Asked = (path: string, question?: Parameters<typeof ask>[2]) => Promise<Answer>;

/** One promise, asked of every engine. */
function both(
	title: string,
	check: (t: ExecutionContext, asked: Asked, container: Container, engine: Engine) => Promise<void>,
): void {
	test(title, async t => {
		t.is(behind.length, 2);
		for (const {container, engine} of behind) {
			const asked: Asked = (path, question = {}) =>
				ask(container.https, path, {...question, headers: {Host: 'app.example', ...question.headers}});
			t.log(engine);
			await check(t, asked, container, engine);
		}
	});
}

both('every answer has the promised headers, whoever makes it, and names no server', async (t, asked) => {
	const answers = {
		200: await asked('/'),
		401: await asked('/basic'),
		403: await asked('/admin'),
		405: await asked('/', {method: 'TRACE'}),
		410: await asked('/gone'),
		413: await asked('/', {method: 'POST', body: 'x'.repeat(70_000)}),
		421: await asked('/', {headers: {Host: 'other.example'}}),
		500: await asked('/headers/error'),
	};
	for (const [status, {headers, body, ...answer}] of Object.entries(answers)) {
		t.is(answer.status, Number(status));
		t.is(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains', status);
		t.is(headers['x-content-type-options'], 'nosniff', status);
		t.is(headers['cross-origin-opener-policy'], 'same-origin', status);
		t.is(headers['x-frame-options'], 'DENY', status);
		t.regex(String(headers['x-request-id']), /^[0-9a-f]{32}$/, status);
		t.is(headers['server'], undefined, status);
		t.notRegex(body, /nginx|traefik/i, status);
	}

	t.regex(answers[403].body, /^\{"status":403,"request_id":"[0-9a-f]{32}"\}\n$/);
});

both(
	'the application wins where the plan fills in, loses where it overrides, and its cookies become safe',
	async (t, asked) => {
		const {headers} = await asked('/headers/own');
		t.is(headers['content-security-policy'], "default-src 'none'");
		t.is(headers['x-frame-options'], 'SAMEORIGIN');
		t.is(headers['x-powered-by'], undefined);
		t.deepEqual((headers['set-cookie'] ?? []) as readonly string[], [
			'a=1; Path=/; Secure',
			'b=2; HttpOnly; SameSite=Lax; Secure',
			'c=3; Secure',
		]);
	},
);

both('what a client says about itself does not reach the application', async (t, asked) => {
	const forged = {
		'X-Forwarded-For': '6.6.6.6',
		'X-Real-IP': '6.6.6.6',
		'X-Forwarded-Proto': 'http',
		'X-Forwarded-User': 'root',
		'X-User': 'root',
		'X-Original-URL': '/admin',
		'X-Request-ID': 'forged-0123456789',
		x_forwarded_for: '6.6.6.6',
		Traceparent: '00-00000000000000000000000000000000-0000000000000000-01',
		Proxy: 'http://6.6.6.6',
	};
	const {body} = await asked('/', {headers: forged});
	t.notRegex(body, /6\.6\.6\.6|root|forged|admin|traceparent/);
	const {headers} = JSON.parse(body);
	t.like(headers, {
		'x-forwarded-proto': 'https',
		'x-forwarded-host': 'app.example',
		'x-forwarded-port': '443',
	});
	t.is(headers['x-forwarded-for'], headers['x-real-ip']);
});

both('plain HTTP is a redirect for our hosts, and nothing for others', async (t, _, {redirect}) => {
	const of = (host: string) => ask(redirect, '/a?b', {plain: true, method: 'POST', headers: {Host: host}});
	const known = await of('a.b.wild.example:8080');
	t.is(known.status, 308);
	t.is(known.headers['location'], 'https://a.b.wild.example:8443/a?b');
	t.is(known.headers['strict-transport-security'], undefined);
	t.is((await of('APP.example')).headers['location'], 'https://app.example/a?b');
	for (const host of ['other.example', 'wild.example', 'app.example.evil']) {
		t.like(await of(host), {status: 421}, host);
	}
});

both('a closed route stays closed however its path is written', async (t, _, {https}) => {
	for (const path of [
		'/admin',
		'/ADMIN/x',
		'//admin',
		'/./admin',
		'/x/../admin',
		'/%61dmin',
		'/x/%2e%2e/admin',
		'/x%2f..%2fadmin',
		'/admin;x',
		'/admin%2fx',
		'/;x/admin',
		'/x/..;/admin',
		'/x%252f..%252fadmin',
		'/admin%3bx',
		'/%5cadmin',
		'http://app.example/admin',
	]) {
		const text = await raw(https, `GET ${path} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n`);
		t.regex(text, /^HTTP\/1\.1 40[03] /, path);
		t.notRegex(text, /"url"/, path);
	}

	t.regex(
		await raw(https, 'GET /administer HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n'),
		/"url"/,
	);
});

both("the health route, robots.txt and refused paths are the proxy's own", async (t, asked) => {
	t.is((await asked('/healthz', {headers: {Host: '10.0.0.1'}})).body, '{"status":"ok"}\n');
	t.is((await asked('/robots.txt')).body, 'User-agent: *\n');
	t.is((await asked('/Gone/away')).status, 410);
});

both('a password opens and is not told on, and a service may decide', async (t, asked) => {
	const as = (password: string) => ({
		Authorization: `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`,
	});
	const seen = JSON.parse((await asked('/basic', {headers: as(PASSWORD)})).body).headers;
	t.is(seen['x-forwarded-user'], 'alice');
	t.is(seen.authorization, undefined);
	t.is((await asked('/basic', {headers: as('guess')})).headers['www-authenticate'], 'Basic realm="here"');
	const passed = await asked('/forward', {headers: {Cookie: 'wish=ok', 'X-User': 'mallory'}});
	t.is(JSON.parse(passed.body).headers['x-user'], 'alice');
	t.is((await asked('/forward')).headers['www-authenticate'], 'Custom realm="there"');
	t.is((await asked('/forward', {headers: {Cookie: 'wish=500'}})).status, 503);
});

both('a route has limits of its own, and says when to come back', async (t, asked) => {
	t.is((await asked('/limited', {method: 'POST', body: 'x'.repeat(101)})).status, 413);
	const many = await Promise.all(Array.from({length: 9}, () => asked('/limited')));
	const refused = many.filter(({status}) => status === 429);
	t.true(refused.length >= 5 && refused.every(({headers}) => headers['retry-after'] === '1'));
	t.is((await asked('/')).status, 200);
});

/** Two servers could read these differently. Traefik takes chunks for the truth where there is a length too, and writes it anew. */
const AMBIGUOUS = {
	'two lengths':
		'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
	'a length with a sign': 'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length: +4\r\n\r\nabcd',
	'an unknown coding': 'POST / HTTP/1.1\r\nHost: app.example\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
	'a space before the colon': 'POST / HTTP/1.1\r\nHost: app.example\r\nContent-Length : 4\r\n\r\nabcd',
	'two hosts': 'GET / HTTP/1.1\r\nHost: app.example\r\nHost: other\r\n\r\n',
	'no host': 'GET / HTTP/1.1\r\n\r\n',
	'a zero byte': 'GET / HTTP/1.1\r\nHost: app.example\r\nX-A: a\0b\r\n\r\n',
};
both('a request that two servers could read differently is refused', async (t, _, {https}) => {
	for (const [kind, bytes] of Object.entries(AMBIGUOUS)) {
		const text = await raw(https, bytes);
		t.regex(text, /^HTTP\/1\.[01] (?:4\d\d|501) /, kind);
		t.notRegex(text, /"url"/, kind);
	}
});

both('a length beside chunks smuggles nothing', async (t, _, {https}) => {
	const text = await raw(
		https,
		'POST /first HTTP/1.1\r\nHost: app.example\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /second HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n',
	);
	t.notRegex(text, /"url":"\/second"[\s\S]*"url":"\/second"/);
	t.notRegex(text, /"content-length":"4"/);
});

both(
	'every line of the log is JSON of one write without a query, and both engines use the same keys',
	async (t, asked, container) => {
		await asked('/quiet?token=hidden-1', {headers: {'User-Agent': '"\\', Referer: 'https://r/?hidden-2'}});
		await raw(
			container.https,
			`GET /${'"'.repeat(3000)}?hidden-3 HTTP/1.1\r\nHost: app.example\r\nUser-Agent: \xc3\x28\r\nConnection: close\r\n\r\n`,
		);
		await asked('/?hidden-4', {method: 'POST', body: 'x'.repeat(70_000)});
		// nginx writes its lines once a second.
		await wait(1300);
		const proxies = behind.find(each => each.container.id === container.id)?.around;
		const {stdout, stderr} = await linesOf(proxies?.docker ?? t.fail('no engine'), container);
		for (const line of [...stdout, ...stderr]) {
			t.true(Buffer.byteLength(line) < 4096);
			t.notRegex(line, /hidden|\?/);
		}

		const lines = stdout.map(line => JSON.parse(line));
		const quiet = lines.find(({path}) => path === '/quiet');
		t.like(quiet, {
			type: 'access',
			method: 'GET',
			host: 'app.example',
			status: 200,
			upstream_status: '200',
			tls_version: 'TLSv1.3',
			limited: 'PASSED',
		});
		for (const key of [
			'ts',
			'request_id',
			'trace',
			'client',
			'protocol',
			'bytes',
			'duration',
			'tls_resumed',
			'agent',
		]) {
			t.true(key in quiet, key);
		}
	},
);
