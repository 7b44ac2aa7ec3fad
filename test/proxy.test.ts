import {createHash} from 'node:crypto';
import {globSync, readFileSync} from 'node:fs';
import {chmod, mkdir, rename, writeFile} from 'node:fs/promises';
import {connect as connectHttp2} from 'node:http2';
import {dirname, join, relative} from 'node:path';
import {performance} from 'node:perf_hooks';
import {setTimeout as wait} from 'node:timers/promises';
import {type ConnectionOptions, connect, type TLSSocket} from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import type {Plan} from '../frontend/proxies/plan.ts';
import {ensureImages} from './engine/images.ts';
import {anyPlan} from './helpers/any-plan.ts';
import {type Docker, folderOf, mountable, openDocker} from './helpers/docker.ts';
import {plan} from './helpers/plan.ts';
import {
	type Answer,
	ask,
	type Container,
	confOf,
	contextOf,
	exitOf,
	HARDENED,
	linesOf,
	raw,
	start,
} from './helpers/proxied.ts';

// The proxy layer on a real engine: an application behind it, real requests, real signals.

const NAMES = {
	glibc: 'sallyport-test/glibc',
	musl: 'sallyport-test/musl',
	empty: 'sallyport-test/empty',
} as const;
const STRICT: Plan = {
	...plan,
	hosts: ['app.example', '*.wild.example'],
	tls: {minVersion: 'TLSv1.3', http3: false},
	limits: {...plan.limits, requestsPerSecond: 1, burst: 3},
};

let docker: Docker;
/** Shared by the tests that only ask. Each answer is its own; none changes what another sees. */
let shared: Container;
const started: string[] = [];

async function run(image: string, args?: readonly string[]): Promise<Container> {
	const container = await start(docker, image, args);
	started.push(container.id);
	return container;
}

/** Runs to its end, in the foreground. */
function end(image: string, args: readonly string[], words: readonly string[] = []): ReturnType<Docker> {
	return docker(['run', '--rm', ...args, image, ...words]);
}

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim', 'debian:trixie-slim', 'alpine:3.22']);
	const folder = await folderOf(contextOf(plan));
	for (const [target, name] of Object.entries(NAMES)) {
		const {code, stderr} = await docker(['build', '-q', '--target', target, '-t', name, folder]);
		if (code !== 0) {
			throw new Error(stderr);
		}
	}

	shared = await run(NAMES.glibc);
});

test.after.always(async () => {
	if (started.length > 0) {
		await docker(['rm', '-f', ...started]);
	}
});

function promised(t: ExecutionContext, {headers}: Answer, what: string): void {
	t.is(headers['strict-transport-security'], 'max-age=63072000; includeSubDomains', what);
	t.is(headers['x-content-type-options'], 'nosniff', what);
	t.is(headers['x-frame-options'], 'DENY', what);
	t.is(headers['referrer-policy'], 'no-referrer', what);
	t.truthy(headers['content-security-policy'], what);
	t.regex(String(headers['x-request-id']), /^[0-9a-f]{32}$/, what);
}

/** Every kind of answer that is not the application's plain 200. */
async function errors(): Promise<Readonly<Record<string, Answer>>> {
	return {
		200: await ask(shared.https, '/'),
		404: await ask(shared.https, '/missing'),
		400: await ask(shared.https, '/', {plain: true}),
		413: await ask(shared.https, '/', {method: 'POST', body: 'x'.repeat(70_000)}),
		414: await ask(shared.https, `/${'x'.repeat(9000)}`),
		421: await ask(shared.https, '/', {headers: {Host: 'no_host_'}}),
		431: await ask(shared.https, '/', {headers: {'X-Large': 'x'.repeat(9000)}}),
		502: await ask(shared.https, '/cut'),
	};
}

test('every answer over TLS carries the promised headers, whatever its status and whoever made it', async t => {
	for (const [status, answer] of Object.entries(await errors())) {
		t.is(answer.status, Number(status));
		promised(t, answer, status);
	}
});

test('no answer names a server, a version or an engine', async t => {
	const redirect = await ask(shared.redirect, '/', {plain: true});
	const own = await ask(shared.https, '/own-headers');
	for (const {headers, body, status} of [...Object.values(await errors()), redirect, own]) {
		t.is(headers['server'], undefined, String(status));
		t.is(headers['x-powered-by'], undefined);
		t.notRegex(body, /nginx|openresty/i, String(status));
	}
});

test('the application wins where the plan fills in, and loses where the plan overrides', async t => {
	const {headers} = await ask(shared.https, '/own-headers');
	t.is(headers['content-security-policy'], "default-src 'none'");
	t.is(headers['x-content-type-options'], 'nosniff');
});

test("the request id is the proxy's own: returned, forwarded, never taken from a client or the application", async t => {
	const {headers, body} = await ask(shared.https, '/', {headers: {'X-Request-ID': 'forged"}\n'.slice(0, 8)}});
	t.regex(String(headers['x-request-id']), /^[0-9a-f]{32}$/);
	t.is(JSON.parse(body).headers['x-request-id'], headers['x-request-id']);
	t.not((await ask(shared.https, '/own-headers')).headers['x-request-id'], 'from-the-application');
});

test('what a client says about itself does not reach the application', async t => {
	const forged = {
		'X-Forwarded-For': '6.6.6.6',
		'X-Real-IP': '6.6.6.6',
		'X-Forwarded-Proto': 'http',
		Forwarded: 'for=6.6.6.6',
		Proxy: 'http://6.6.6.6',
		'X-Original-URL': '/admin',
		'X-Forwarded-User': 'root',
		'X-Forwarded-Host': 'evil.example',
		x_forwarded_for: '6.6.6.6',
	};
	const {body} = await ask(shared.https, '/', {headers: forged});
	const seen = JSON.parse(body).headers;
	t.notRegex(body, /6\.6\.6\.6|admin|root|evil/);
	t.is(seen['x-forwarded-proto'], 'https');
	t.is(seen['x-forwarded-for'], seen['x-real-ip']);
	t.is(seen.host, `127.0.0.1:${shared.https}`);
	t.is(seen['x-forwarded-port'], String(shared.https));
});

test('plain HTTP is redirected to the same place with a 308, and never to a host that is none', async t => {
	const answer = await ask(shared.redirect, '/a/b?c=d', {
		plain: true,
		method: 'POST',
		headers: {Host: 'some.example'},
	});
	t.is(answer.status, 308);
	t.is(answer.headers['location'], 'https://some.example/a/b?c=d');
	t.is(answer.headers['strict-transport-security'], undefined);
	t.is(answer.headers['x-frame-options'], 'DENY');
	const same = await ask(shared.redirect, '/', {plain: true, headers: {Host: 'some.example:8080'}});
	t.is(same.headers['location'], 'https://some.example:8443/');
	for (const host of ['evil.example@good.example', 'a b', '<script>', 'x_']) {
		const {status, headers} = await ask(shared.redirect, '/', {plain: true, headers: {Host: host}});
		t.is(headers['location'], undefined, host);
		t.true(status === 421 || status === 400, `${host} ${status}`);
	}
});

test('an answer that asks the proxy for an internal redirect is just an answer', async t => {
	t.is((await ask(shared.https, '/accel')).body, 'not redirected');
});

test('a request that changes something is sent to the application once, even when no answer came', async t => {
	t.is((await ask(shared.https, '/cut', {method: 'POST', body: 'order one'})).status, 502);
	t.is((await ask(shared.https, '/posts')).body, '1');
});

test('a command that is no server runs and ends as if there were no proxy', async t => {
	const once = ['--tmpfs', '/run/sallyport', '--entrypoint', '/opt/sallyport/bin/sallyport-init'];
	const script = 'read line; echo "got $line"; echo oops >&2; exit 9';
	const since = performance.now();
	const {code, stdout, stderr} = await docker(
		['run', '--rm', '-i', ...once, NAMES.glibc, 'run', '--', 'sh', '-c', script],
		{
			input: 'something\n',
		},
	);
	t.is(code, 9);
	t.is(stdout, 'got something\n');
	t.true(stderr.split('\n').includes('oops'));
	t.true(performance.now() - since < 8000, 'it did not wait for a port to open');
});

test('a signal reaches the application only if it has a handler, as for the first process of a container', async t => {
	const container = await run(NAMES.glibc);
	for (const signal of ['USR2', 'WINCH', 'HUP']) {
		await docker(['kill', '-s', signal, container.id]);
	}

	await wait(300);
	t.is((await ask(container.https, '/')).status, 200);
	await docker(['kill', '-s', 'INT', container.id]);
	t.is(await exitOf(docker, container), 130);
});

test('a WebSocket passes and an upgrade to cleartext HTTP/2 does not', async t => {
	const start = 'Host: a.example\r\nConnection: Upgrade\r\n';
	const socket = await raw(shared.https, `GET / HTTP/1.1\r\n${start}Upgrade: websocket\r\n\r\n`);
	t.regex(socket, /^HTTP\/1\.1 101 /);
	t.regex(socket, /hello websocket/);
	const cleartext = await raw(shared.https, `GET / HTTP/1.1\r\n${start}Upgrade: h2c\r\n\r\n`);
	t.regex(cleartext, /^HTTP\/1\.1 200 /);
	t.notRegex(cleartext, /h2c/);
});

function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket | undefined> {
	return new Promise(resolve => {
		const socket = connect({host: '127.0.0.1', port, rejectUnauthorized: false, ...options}, () =>
			resolve(socket),
		);
		socket.on('error', () => resolve(undefined));
	});
}

test('TLS 1.2 and 1.3 are spoken, 1.1 and weak ciphers are refused, and the post-quantum group is known', async t => {
	const old = {minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0'} as const;
	const weak = {maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES128-SHA'} as const;
	t.is(await handshake(shared.https, old), undefined);
	t.is(await handshake(shared.https, weak), undefined);
	for (const [version, options] of [
		['TLSv1.2', {maxVersion: 'TLSv1.2'}],
		['TLSv1.3', {minVersion: 'TLSv1.3'}],
		['TLSv1.3', {minVersion: 'TLSv1.3', ecdhCurve: 'X25519MLKEM768'}],
	] as const) {
		const socket = await handshake(shared.https, options);
		t.is(socket?.getProtocol(), version);
		socket?.destroy();
	}
});

test("the self-signed certificate is a P-256 one of thirty days for the plan's hosts", async t => {
	const socket = await handshake(shared.https, {});
	const certificate = socket?.getPeerCertificate();
	socket?.destroy();
	t.is(certificate?.asn1Curve, 'prime256v1');
	t.regex(certificate?.subjectaltname ?? '', /DNS:localhost/);
	const days =
		(Date.parse(certificate?.valid_to ?? '') - Date.parse(certificate?.valid_from ?? '')) / 86_400_000;
	t.is(Math.round(days), 30);
	const {stderr} = await linesOf(docker, shared);
	t.true(stderr.some(line => JSON.parse(line).message === 'self-signed certificate made'));
});

test('HTTP/2 is spoken', async t => {
	const session = connectHttp2(`https://127.0.0.1:${shared.https}`, {rejectUnauthorized: false});
	const stream = session.request({':path': '/two'});
	const status = await new Promise(resolve => {
		stream.on('response', headers => resolve(headers[':status']));
	});
	let body = '';
	for await (const chunk of stream) {
		body += String(chunk);
	}

	session.close();
	t.is(status, 200);
	t.is(JSON.parse(body).headers.host, `127.0.0.1:${shared.https}`);
});

const HOSTILE: readonly (readonly [string, string | Uint8Array])[] = [
	[
		'quotes and backslashes',
		'GET /a"b\\c?s=hidden-1 HTTP/1.1\r\nHost: h\r\nUser-Agent: "\\\\"\r\nConnection: close\r\n\r\n',
	],
	[
		'bytes that are no UTF-8',
		Buffer.from(
			'GET /\xff\xfe?s=hidden-2 HTTP/1.1\r\nHost: h\r\nUser-Agent: \xc3\x28\r\nConnection: close\r\n\r\n',
			'latin1',
		),
	],
	['a host of all sorts', 'GET /?hidden-3 HTTP/1.1\r\nHost: a"b<c>\\\r\nConnection: close\r\n\r\n'],
	[
		'a host that is no UTF-8',
		Buffer.from('GET /?hidden-13 HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n', 'latin1'),
	],
	['an endless host', `GET /?hidden-14 HTTP/1.1\r\nHost: ${'a'.repeat(7000)}\r\nConnection: close\r\n\r\n`],
	['control characters', 'GET /\x01\x02?hidden-4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'],
	['a method that is none', '"}{" /?hidden-5 HTTP/1.1\r\nHost: h\r\n\r\n'],
	['a line that is none', 'hidden-6\r\n\r\n'],
	[
		'the longest line',
		`GET /${'"'.repeat(3000)}?hidden-7 HTTP/1.1\r\nHost: ${'a'.repeat(250)}\r\nUser-Agent: ${'\\'.repeat(3000)}\r\nConnection: close\r\n\r\n`,
	],
	[
		'an upstream error with a query',
		'GET /cut?token=hidden-8 HTTP/1.1\r\nHost: h\r\nReferer: https://r/?hidden-9\r\nConnection: close\r\n\r\n',
	],
	[
		'too large a body with a query',
		'POST /?token=hidden-10 HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n',
	],
	['two hosts', 'GET /?hidden-11 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
	[
		'smuggling',
		'POST /?hidden-12 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
	],
];

test('every line of the log is strict JSON of one write, complete, and without a query, whatever is asked', async t => {
	const container = await run(NAMES.glibc);
	for (const [, bytes] of HOSTILE) {
		await raw(container.https, bytes);
	}

	// Access lines are written together, once a second at least.
	await wait(1500);
	const {stdout, stderr} = await linesOf(docker, container);
	const access = stdout.filter(line => line !== 'application listens').map(line => JSON.parse(line));
	for (const line of [...stdout, ...stderr]) {
		t.true(Buffer.byteLength(line) < 4096);
		t.notRegex(line, /hidden/);
		t.false(line.includes('\ufffd'), 'bytes that are no UTF-8 come out as this');
	}

	const fields =
		'ts request_id client method host path status bytes duration upstream_status tls_version'.split(' ');
	for (const line of access) {
		t.deepEqual(
			fields.filter(field => line[field] === undefined),
			[],
		);
		t.is(typeof line.status, 'number');
		t.is(line.type, 'access');
	}

	t.true(access.length >= HOSTILE.length, `${access.length} lines`);
	const told = stderr.map(line => JSON.parse(line));
	t.true(
		told.some(
			({type, request, client}) => type === 'proxy' && request === 'GET /cut' && client !== undefined,
		),
	);
	t.true(told.every(({ts, type, level, message}) => [ts, type, level, message].every(Boolean)));
});

test('a client over its rate gets 429 and a Retry-After, on an answer like any other', async t => {
	const folder = await mountable(confOf({...STRICT, hosts: []}));
	const container = await run(NAMES.glibc, [...HARDENED, '-v', `${folder}:/opt/sallyport/conf:ro`]);
	const answers = await Promise.all(Array.from({length: 12}, () => ask(container.https, '/')));
	const refused = answers.filter(({status}) => status === 429);
	t.true(refused.length >= 6 && refused.length < 12, `${refused.length} refused`);
	for (const answer of refused) {
		t.is(answer.headers['retry-after'], '1');
		promised(t, answer, '429');
	}

	// Who looks after the service must see it under load as well.
	t.is((await ask(container.https, '/healthz')).status, 200);
	t.is(await handshake(container.https, {maxVersion: 'TLSv1.2'}), undefined);
});

test("a host that is not the plan's gets 421, while health is told to whoever asks", async t => {
	const folder = await mountable(confOf({...STRICT, limits: plan.limits}));
	const container = await run(NAMES.glibc, [...HARDENED, '-v', `${folder}:/opt/sallyport/conf:ro`]);
	const of = async (host: string, path = '/') =>
		(await ask(container.https, path, {headers: {Host: host}})).status;
	t.is(await of('app.example'), 200);
	t.is(await of('App.Example:443'), 200);
	t.is(await of('deep.wild.example'), 200);
	t.is(await of('wild.example'), 421);
	t.is(await of('evil.example'), 421);
	t.is(await of('127.0.0.1', '/healthz'), 200);
	const unknown = await ask(container.redirect, '/', {plain: true, headers: {Host: 'evil.example'}});
	t.is(unknown.status, 421);
	t.is(unknown.headers['location'], undefined);
	const socket = await handshake(container.https, {});
	t.is(socket?.getPeerCertificate().subjectaltname, 'DNS:app.example, DNS:*.wild.example');
	socket?.destroy();
});

test('health follows the application, tells nothing else, and ends where the application ends', async t => {
	const container = await run(NAMES.glibc);
	const healthy = await ask(container.https, '/healthz');
	t.is(healthy.body, '{"status":"ok"}\n');
	const command = ['exec', container.id, '/opt/sallyport/bin/sallyport-init', 'health'];
	t.is((await docker(command)).code, 0);
	await ask(container.https, '/sick');
	await wait(2500);
	const sick = await ask(container.https, '/healthz');
	t.is(sick.status, 503);
	t.is(sick.body, '{"status":"unavailable"}\n');
	promised(t, sick, '503');
	t.is((await docker(command)).code, 1);
	await ask(container.https, '/exit');
	t.is(await exitOf(docker, container), 42);
});

test('stop lets a running request finish, then the application end with its own code', async t => {
	const container = await run(NAMES.glibc);
	const slow = ask(container.https, '/slow');
	await wait(300);
	await docker(['stop', container.id]);
	t.is((await slow).body, 'slow but whole');
	t.is(await exitOf(docker, container), 7);
	const {stdout} = await linesOf(docker, container);
	t.true(stdout.includes('application stops'));
	t.true(
		stdout.some(line => line.includes('"/slow"')),
		'the access line of the last request is there',
	);
});

test('a proxy that dies takes the container down, with a reason', async t => {
	const container = await run(NAMES.glibc);
	await docker(['exec', container.id, 'sh', '-c', 'kill -9 $(cat /run/sallyport/proxy/nginx.pid)']);
	t.is(await exitOf(docker, container), 1);
	const {stdout, stderr} = await linesOf(docker, container);
	t.true(stdout.includes('application stops'));
	t.true(stderr.some(line => JSON.parse(line).message.startsWith('proxy ended')));
});

test('the layer works on a musl base whose environment would break it, and on an empty one', async t => {
	for (const image of [NAMES.musl, NAMES.empty]) {
		const hardened = image === NAMES.empty ? [...HARDENED, '--user', '65532:65532'] : HARDENED;
		const container = await run(image, hardened);
		const answer = await ask(container.https, '/');
		t.is(answer.body, 'small\n', image);
		promised(t, answer, image);
		await docker(['stop', container.id]);
		t.is(await exitOf(docker, container), 3, image);
	}
});

const IDS =
	'for p in /proc/[0-9]*; do printf "%s %s\\n" "$(awk "/^Uid/ {print \\$2}" $p/status)" "$(tr "\\0" " " < $p/cmdline)"; done';

test('in a container that runs as root the proxy does not, and the application sees no difference', async t => {
	const container = await run(NAMES.glibc, ['--user', '0', '-e', 'SECRET=mine', '--cpus', '1']);
	const {stdout} = await docker(['exec', container.id, 'sh', '-c', IDS]);
	const nginx = stdout.split('\n').filter(line => line.includes('/bin/nginx '));
	t.is(nginx.length, 2, `a master, and one worker for one CPU\n${stdout}`);
	t.true(
		nginx.every(line => line.startsWith('65532 ')),
		stdout,
	);
	const seen = JSON.parse((await ask(container.https, '/environment')).body);
	t.is(seen.uid, 0);
	t.is(seen.env.SECRET, 'mine');
	t.deepEqual(seen.argv.slice(1), ['/app.mjs']);
	const environment = 'tr "\\0" "\\n" < /proc/$(cat /run/sallyport/proxy/nginx.pid)/environ';
	const proxied = await docker(['exec', '--user', '65532:65532', container.id, 'sh', '-c', environment]);
	t.is(proxied.code, 0);
	t.notRegex(proxied.stdout, /SECRET|PATH/);
});

test('root without the capability to leave it works where the image names root, else it is refused in one sentence', async t => {
	const container = await run(NAMES.glibc, ['--user', '0', ...HARDENED]);
	t.is((await ask(container.https, '/')).status, 200);
	const {code, stderr} = await end(NAMES.empty, [...HARDENED, '--tmpfs', '/run/sallyport']);
	t.is(code, 78);
	t.regex(JSON.parse(stderr).message, /--user 65532:65532/);
});

async function pair(t: ExecutionContext, folder: string, name: string): Promise<void> {
	const args = [
		'req',
		'-x509',
		'-newkey',
		'ec',
		'-pkeyopt',
		'ec_paramgen_curve:P-256',
		'-nodes',
		'-days',
		'9',
	];
	const made = await end(
		NAMES.glibc,
		['--user', '0', '--entrypoint', '/opt/sallyport/nginx/lib/loader', '-v', `${folder}:/made`],
		[
			'--library-path',
			'/opt/sallyport/nginx/lib',
			'/opt/sallyport/nginx/bin/openssl',
			...args,
			...[
				'-config',
				'/dev/null',
				'-subj',
				`/CN=${name}`,
				'-keyout',
				'/made/next.key',
				'-out',
				'/made/next.crt',
			],
		],
	);
	t.is(made.code, 0, made.stderr);
	await chmod(join(folder, 'next.key'), 0o644);
	await rename(join(folder, 'next.key'), join(folder, 'tls.key'));
	await rename(join(folder, 'next.crt'), join(folder, 'tls.crt'));
}

async function shownBy({https}: Container): Promise<string | undefined> {
	const socket = await handshake(https, {});
	const name = socket?.getPeerCertificate().subject['CN'];
	socket?.destroy();
	return String(name);
}

test('a mounted certificate is shown, and a new one within seconds, without a lost answer', async t => {
	const folder = await mountable({});
	await pair(t, folder, 'first.example');
	const container = await run(NAMES.glibc, [...HARDENED, '-v', `${folder}:/etc/sallyport/tls:ro`]);
	t.is(await shownBy(container), 'first.example');
	await pair(t, folder, 'second.example');
	const until = performance.now() + 15_000;
	while ((await shownBy(container)) !== 'second.example' && performance.now() < until) {
		t.is((await ask(container.https, '/')).status, 200);
		await wait(200);
	}

	t.is(await shownBy(container), 'second.example');
});

test('what hinders a start is said in one line that names the way out', async t => {
	const folder = await mountable({});
	await pair(t, folder, 'closed.example');
	await chmod(join(folder, 'tls.key'), 0o600);
	const closed = await end(NAMES.glibc, [
		...HARDENED,
		'--tmpfs',
		'/run/sallyport',
		'-v',
		`${folder}:/etc/sallyport/tls:ro`,
	]);
	t.is(closed.code, 78);
	const said = JSON.parse(closed.stderr);
	t.like(said, {uid: '10001', mode: '0600', owner: '0', file: '/etc/sallyport/tls/tls.key'});

	const full = await end(NAMES.glibc, HARDENED);
	t.is(full.code, 78);
	t.regex(JSON.parse(full.stderr).message, /--tmpfs \/run\/sallyport/);

	const init = ['--entrypoint', '/opt/sallyport/bin/sallyport-init'];
	t.is((await end(NAMES.glibc, init, ['run', '--'])).code, 64);
	t.is((await end(NAMES.glibc, init, ['run', '--', 'no-such-command'])).code, 127);
	t.is((await end(NAMES.glibc, init, ['run', '--', '/etc/passwd'])).code, 126);
	t.is((await end(NAMES.glibc, init, ['nonsense'])).code, 64);
});

const CHECK = '/opt/sallyport/bin/sallyport-init check';

test("check passes on a rendered configuration, writes down what it saw, and fails with nginx's own words", async t => {
	const init = ['--user', '0', '--entrypoint', 'sh'];
	const good = await end(NAMES.glibc, init, [
		'-c',
		`${CHECK} --out /out && cat /out/opt/sallyport/conf/checked.json`,
	]);
	t.is(good.code, 0, good.stderr);
	const config = createHash('sha256')
		.update(confOf(plan)['nginx.conf'] ?? '')
		.digest('hex');
	const seen = JSON.parse(good.stdout);
	t.like(seen, {result: 'valid', config: `sha256:${config}`});
	t.regex(seen.nginx, /^1\.\d+\.\d+$/);
	const spoil = 'echo nonsense >> /opt/sallyport/conf/nginx.conf';
	const bad = await end(NAMES.glibc, init, [
		'-c',
		`${spoil}; ${CHECK} --out /out; code=$?; test ! -e /out && exit $code`,
	]);
	t.is(bad.code, 1);
	t.regex(bad.stderr, /unexpected end of file.*nginx\.conf/);
	const live = await docker(['exec', shared.id, '/opt/sallyport/bin/sallyport-init', 'check']);
	t.is(live.code, 64);
	t.regex(live.stderr, /running here/);
});

test('whatever the plan, nginx accepts what was rendered', async t => {
	const plans = fc.sample(anyPlan, {numRuns: 40, seed: 20_261_122});
	const folder = await folderOf({});
	for (const [index, each] of plans.entries()) {
		for (const [name, content] of Object.entries(confOf(each))) {
			const path = join(folder, String(index), name);
			await mkdir(dirname(path), {recursive: true});
			await writeFile(path, content);
		}
	}

	const script = `for each in /plans/*; do cp -r $each/. /opt/sallyport/conf/; ${CHECK} >/tmp/said 2>&1 || { echo $each; cat /tmp/said; exit 1; }; done`;
	const {code, stdout} = await end(
		NAMES.glibc,
		['--user', '0', '--entrypoint', 'sh', '-v', `${folder}:/plans:ro`],
		['-c', script],
	);
	t.is(code, 0, stdout);
});

test('the layer says what is in it: an SPDX document with every package and the hash of every file', async t => {
	const name = `sallyport-sbom-${process.pid}`;
	t.is((await docker(['create', '--name', name, 'sallyport/proxy-nginx:1'])).code, 0);
	const folder = await folderOf({});
	t.teardown(() => docker(['rm', '-f', name]));
	t.is((await docker(['cp', `${name}:/opt/sallyport`, folder])).code, 0);
	const read = (path: string): Buffer => readFileSync(join(folder, 'sallyport', path));

	const listed: string[] = [];
	for (const [sbom, part] of [
		['sbom.spdx.json', 'nginx'],
		['njs/sbom.spdx.json', 'njs'],
	] as const) {
		const document = JSON.parse(read(sbom).toString()) as {
			readonly packages: readonly {readonly name: string; readonly versionInfo?: string}[];
			readonly files: readonly {
				readonly fileName: string;
				readonly checksums: readonly {readonly algorithm: string; readonly checksumValue: string}[];
			}[];
		};
		const {packages} = JSON.parse(read(`${part}/VERSIONS.json`).toString()) as {
			readonly packages: Readonly<Record<string, string>>;
		};
		const versions = document.packages.flatMap(({name: each, versionInfo}) =>
			versionInfo === undefined ? [] : [[each, versionInfo] as const],
		);
		t.deepEqual(Object.fromEntries(versions), packages);
		for (const {fileName, checksums} of document.files) {
			const path = fileName.slice('./opt/sallyport/'.length);
			const hash = createHash('sha256').update(read(path)).digest('hex');
			t.is(checksums.find(({algorithm}) => algorithm === 'SHA256')?.checksumValue, hash, fileName);
			listed.push(path);
		}
	}

	const there = globSync('**/*', {cwd: join(folder, 'sallyport'), withFileTypes: true})
		.filter(entry => entry.isFile() && entry.name !== 'sbom.spdx.json')
		.map(entry => relative(join(folder, 'sallyport'), join(entry.parentPath, entry.name)));
	t.deepEqual(listed.toSorted(), there.toSorted(), 'every file is in one of them, and in one only');
	t.true(listed.includes('nginx/bin/nginx') && listed.includes('njs/ngx_http_js_module.so'));
});
