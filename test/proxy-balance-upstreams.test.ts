import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan, PlanRoute, PlanUpstream} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {makeAuthority, selfSigned} from './helpers/certificates.ts';
import {folderOf} from './helpers/docker.ts';
import {load} from './helpers/load.ts';
import {plan} from './helpers/plan.ts';
import {type Answer, ask, type Container} from './helpers/proxied.ts';

// Servers outside of the container: balanced, watched, and believed only with the right certificate.

const SERVERS = readFileSync(new URL('fixtures/balance/upstream.mjs', import.meta.url), 'utf8');
const NETWORK = 'sallyport-test-balance';
const OUTSIDE = 'sallyport-test-outside';
const health = {intervalSeconds: 1, timeoutSeconds: 1, failures: 2, passes: 1};
const upstream = (
	name: string,
	ports: readonly number[],
	more: Partial<PlanUpstream> = {},
): PlanUpstream => ({
	name,
	servers: ports.map(port => ({host: 'outside.example', port})),
	health,
	line: 7,
	...more,
});
const route = (name: string): PlanRoute => ({
	path: `/${name}`,
	match: 'prefix',
	to: {kind: 'upstream', name, protocol: 'http'},
	access: {},
	limits: {},
	headers: [],
});
const OUT: Plan = {
	...plan,
	upstreams: [
		upstream('shop', [8001, 8002], {healthPath: '/health'}),
		upstream('good', [8003], {tls: {serverName: 'good.example'}}),
		upstream('other', [8004], {tls: {serverName: 'good.example'}}),
		upstream('nobody', [8009]),
		upstream('unknown', [80], {servers: [{host: 'no.such.invalid', port: 80}]}),
	],
	routes: [...['shop', 'good', 'other', 'nobody', 'unknown'].map(route), ...plan.routes],
	limits: {...plan.limits, requestsPerSecond: 1_000_000, burst: 100_000, connections: 10_000},
};

let proxies: Around;
let container: Container;
test.before(async () => {
	proxies = await around();
	const {docker} = proxies;
	const authority = makeAuthority();
	const good = authority.issue('good.example');
	const other = selfSigned('good.example');
	const folder = await folderOf({
		'upstream.mjs': SERVERS,
		'good.crt': good.cert,
		'good.key': good.key,
		'other.crt': other.cert,
		'other.key': other.key,
	});
	const authorities = await folderOf({'good.ca.crt': authority.cert, 'other.ca.crt': authority.cert});
	for (const one of [folder, authorities]) {
		await docker(['run', '--rm', '-v', `${one}:/m`, 'node:24-bookworm-slim', 'chmod', '-R', 'a+rX', '/m']);
	}
	await docker(['rm', '-f', OUTSIDE]);
	await docker(['network', 'rm', NETWORK]);
	await docker(['network', 'create', NETWORK]);
	await docker(
		['run', '-d', '--name', OUTSIDE, '--network', NETWORK, '--network-alias', 'outside.example']
			.concat(['-v', `${folder}:/test:ro`])
			.concat(['node:24-bookworm-slim', 'node', '/test/upstream.mjs']),
	);
	const mounts = ['good', 'other'].flatMap(name => [
		'-v',
		`${authorities}/${name}.ca.crt:/etc/sallyport/tls/${name}.ca.crt:ro`,
	]);
	container = await proxies.run(OUT, {}, ['--network', NETWORK, ...mounts]);
});
test.after.always(async () => {
	await proxies?.close();
	await proxies?.docker(['rm', '-f', OUTSIDE]);
	await proxies?.docker(['network', 'rm', NETWORK]);
});

async function until(name: string, is: (answer: Answer) => boolean): Promise<Answer> {
	let answer = await ask(container.https, `/${name}`);
	for (let tries = 0; tries < 150 && !is(answer); tries += 1) {
		await wait(100);
		answer = await ask(container.https, `/${name}`);
	}

	return answer;
}

test.serial('servers outside share the work, and see the host that the client asked', async t => {
	await until('shop', ({status}) => status === 200);
	const {bodies, failed} = await load(container.https, '/shop', {ms: 500});
	const answer = await ask(container.https, '/shop', {headers: {Host: 'shop.example'}});

	t.deepEqual(failed, []);
	const ports = new Set([...bodies.keys()].map(body => JSON.parse(body).port));
	t.deepEqual([...ports].toSorted(), [8001, 8002]);
	t.is(JSON.parse(answer.body).host, 'shop.example');
});

test.serial('a server that says it is sick gets no more requests, until it is well', async t => {
	const under = load(container.https, '/shop', {ms: 6000});
	await ask(container.https, '/shop').catch(() => undefined);
	await inside("fetch('http://127.0.0.1:8001/sick/8001')");
	await wait(5000);
	const {bodies} = await load(container.https, '/shop', {ms: 300});
	const {failed, again, answers} = await under;

	t.deepEqual(failed, []);
	t.log(`${again} of ${answers} met a closing connection`);
	t.deepEqual([...new Set([...bodies.keys()].map(body => JSON.parse(body).port))], [8002]);
	await inside("fetch('http://127.0.0.1:8001/well')");
	const back = await until('shop', ({body}) => body.includes('8001'));
	t.is(back.status, 200);
});

test.serial(
	'a server is believed with the certificate that the mounted authority signed, and asked by that name',
	async t => {
		const answer = await until('good', ({status}) => status === 200);

		t.deepEqual(
			{...JSON.parse(answer.body), id: ''},
			{port: 8003, host: 'good.example', id: '', name: 'good.example'},
		);
	},
);

test.serial(
	'a server with the certificate of somebody else is told nothing, whatever the health checks say',
	async t => {
		t.is((await until('other', ({status}) => status === 503)).status, 503);
		// As if they had believed it.
		await proxies.docker([
			...['exec', container.id, 'node', '-e'],
			`const fs = require('fs');
		const file = '/run/sallyport/proxy/upstreams/other.conf';
		fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll(' down', ''));
		process.kill(Number(fs.readFileSync('/run/sallyport/proxy/nginx.pid', 'utf8')), 'SIGHUP');`,
		]);

		for (let tries = 0; tries < 30; tries += 1) {
			await wait(100);
			t.is((await ask(container.https, '/other')).status, 503);
		}
		const {stderr} = await proxies.docker(['logs', container.id]);
		t.regex(stderr, /upstream SSL certificate verify error/);
	},
);

test.serial('where nobody listens, or whose name nobody knows, the answer is 503 at once', async t => {
	for (const name of ['nobody', 'unknown']) {
		const start = Date.now();
		const answer = await ask(container.https, `/${name}`);

		t.is(answer.status, 503, name);
		t.is(answer.headers['retry-after'], '5', name);
		t.true(Date.now() - start < 1000, name);
	}

	t.is((await ask(container.https, '/port')).body, '3000');
	const {stderr} = await proxies.docker(['logs', container.id]);
	t.regex(stderr, /"line":"?7"?/);
	t.regex(stderr, /no\.such\.invalid/);
});

function inside(script: string): Promise<unknown> {
	return proxies.docker(['exec', OUTSIDE, 'node', '-e', script]);
}
