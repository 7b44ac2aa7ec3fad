import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {ensureImages} from './engine/images.ts';
import {type Around, around} from './helpers/balanced.ts';
import {folderOf} from './helpers/docker.ts';
import {eventually} from './helpers/eventually.ts';
import {GUARDED, guardedApp} from './helpers/guarded.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, linesOf} from './helpers/proxied.ts';

// HTTP/3, for those who ask for it, asked by curl as Debian builds it.

const CLIENT = 'sallyport-test/http3-client';
const DOCKERFILE = `FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
`;

let proxies: Around;
let shared: Container;

test.before(async () => {
	proxies = await around();
	await ensureImages(proxies.docker.engine, ['debian:trixie-slim']);
	const {code, stderr} = await proxies.docker([
		'build',
		'-q',
		'-t',
		CLIENT,
		await folderOf({Dockerfile: DOCKERFILE}),
	]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const http3: Plan = {...GUARDED, tls: {minVersion: 'TLSv1.2', http3: true}};
	shared = await proxies.run(http3, {'app.mjs': guardedApp});
});

test.after.always(() => proxies.close());

/** Headers and body, asked from inside of the container's network. */
async function curl(path: string, ...args: readonly string[]): Promise<string> {
	const network = ['--network', `container:${shared.id}`];
	const words = [
		'curl',
		'-sSki',
		'--http3-only',
		'--max-time',
		'10',
		...args,
		`https://127.0.0.1:8443${path}`,
	];
	const {stdout, stderr} = await proxies.docker(['run', '--rm', ...network, CLIENT, ...words]);
	return stdout + stderr;
}

test('HTTP/3 answers as the others do: the application, its headers, the checks, the log', async t => {
	const answer = await curl('/three');
	t.regex(answer, /^HTTP\/3 200/);
	t.regex(answer, /^strict-transport-security: max-age=63072000; includeSubDomains/m);
	// nginx 1.26 tells no port over HTTP/3, so there it is the usual one.
	t.regex(answer, /^alt-svc: h3=":443"; ma=86400/m);
	t.notRegex(answer, /^server:/m);
	const {headers} = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
	t.is(headers.host, '127.0.0.1');
	t.is(headers['x-forwarded-proto'], 'https');
	t.regex(await curl('/ADMIN'), /^HTTP\/3 403/);
	t.regex(await curl('/basic'), /^HTTP\/3 401/);
	t.regex(await curl('/x/../admin', '--path-as-is'), /^HTTP\/3 400/);
	t.regex(await curl('/', '-H', 'Host: no_host_'), /^HTTP\/3 421/);
	t.regex(await curl('/limited', '-d', 'x'.repeat(101)), /^HTTP\/3 413/);
	const line = await eventually(async () => {
		const {stdout} = await linesOf(proxies.docker, shared);
		return stdout.map(each => JSON.parse(each)).find(({path}) => path === '/three');
	});
	t.like(line, {protocol: 'HTTP/3.0', tls_version: 'TLSv1.3', status: 200});
});

test('who comes by another version is told of it under the port that it came to, and without the option nobody is', async t => {
	const told = await ask(shared.https, '/', {headers: {Host: 'app.example:4433'}});
	t.is(told.headers['alt-svc'], 'h3=":4433"; ma=86400');
	t.is(
		(await ask(shared.https, '/', {headers: {Host: 'app.example'}})).headers['alt-svc'],
		'h3=":443"; ma=86400',
	);
	t.is((await ask(shared.redirect, '/', {plain: true})).headers['alt-svc'], undefined);
	const container = await proxies.run(plan, {'app.mjs': guardedApp});
	t.is((await ask(container.https, '/')).headers['alt-svc'], undefined);
});
