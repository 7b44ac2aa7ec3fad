import {appendFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import type {Plan, PlanUpstream} from '../frontend/proxies/plan.ts';
import {mountable} from './helpers/docker.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, exitOf, linesOf} from './helpers/proxied.ts';
import {type Supervised, saidBy, several, supervised, until} from './helpers/supervised.ts';

// Servers outside of the container: looked up in the background, asked for their health, told to the proxy.

let around: Supervised;

test.before(async () => {
	around = await supervised();
});

test.after.always(() => around.close());

const api: PlanUpstream = {
	name: 'api',
	servers: [{host: 'api.internal', port: 4000}],
	healthPath: '/health',
	health: {intervalSeconds: 1, timeoutSeconds: 1, failures: 2, passes: 1},
	line: 12,
};

function planOf(upstream: PlanUpstream, application?: Plan): Plan {
	const route = {match: 'prefix', access: {}, limits: {}, headers: []} as const;
	const {application: _, ...alone} = plan;
	const toApi = {...route, path: '/api', to: {kind: 'upstream', name: 'api', protocol: 'http'}} as const;
	const rest =
		application === undefined
			? ({...route, path: '/', to: {kind: 'refuse', status: 404}} as const)
			: ({...route, path: '/', to: {kind: 'application', protocol: 'http'}} as const);
	return {...(application ?? alone), upstreams: [upstream], routes: [toApi, rest]};
}

const poolOf = (container: Container) =>
	around.inside(container, 'cat /run/sallyport/proxy/upstreams/api.conf');

test('a name that is not known here is told once with its line in the project file, answered 503, and found later', async t => {
	const folder = await mountable({hosts: '127.0.0.1 localhost\n'});
	const args = ['-e', 'SECOND=4000', '-v', `${folder}/hosts:/etc/hosts:ro`];
	const container = await around.run(planOf(api, several(1)), args);
	const lines = (await linesOf(around.docker, container)).stderr.map(line => JSON.parse(line));
	const told = lines.filter(({message}) => message.includes('is not known here'));
	t.is(told.length, 1);
	t.like(told[0], {level: 'error', upstream: 'api', line: '12', host: 'api.internal'});
	t.true((await ask(container.https, '/api')).status >= 502);
	t.is((await ask(container.https, '/')).status, 200, 'all else works');
	await appendFile(join(folder, 'hosts'), '127.0.0.1 api.internal\n');
	const answer = await until(
		() => ask(container.https, '/api'),
		({status}) => status === 200,
	);
	t.is(answer.status, 200);
	t.is((await poolOf(container)).trim(), 'server 127.0.0.1:4000 max_fails=2 fail_timeout=5s;');
});

test('a server that answers its check badly gets no requests until it answers well again', async t => {
	const servers = [3000, 4000].map(port => ({host: '127.0.0.1', port}));
	const container = await around.run(
		planOf({...api, servers}, several(1, {health: {...api.health, failures: 1000}})),
		['-e', 'SECOND=4000'],
	);
	t.is((await poolOf(container)).split('\n').length, 3);
	t.notRegex(await poolOf(container), / down/);
	const reloads = async () =>
		(await saidBy(around.docker, container)).filter(line => line === 'servers changed, proxy reloads').length;
	const before = await reloads();
	await ask(container.https, '/sick');
	const down = await until(
		() => poolOf(container),
		pool => pool.split(' down;').length === 3,
	);
	t.is(down.split(' down;').length, 3);
	await until(
		() => ask(container.https, '/api'),
		({status}) => status >= 502,
	);
	const since = Date.now();
	t.true((await ask(container.https, '/api')).status >= 502);
	t.true(Date.now() - since < 500, 'at once');
	await ask(container.https, '/well');
	const back = await until(
		() => ask(container.https, '/api'),
		({status}) => status === 200,
	);
	t.is(back.status, 200);
	const up = /^sallyport_upstream_server_up\{upstream="api",server="127\.0\.0\.1:4000"\} 1$/m;
	const metrics = await until(
		() => around.inside(container, 'cat /run/sallyport/proxy/supervisor.prom'),
		text => up.test(text),
	);
	t.regex(metrics, up);
	const count = (await reloads()) - before;
	t.true(count >= 1 && count <= 4, `${count} reloads, gathered where they come together`);
});

test('without an application the proxy runs alone, needs no command, and ends with 0', async t => {
	for (const command of [[], ['echo', 'never said']]) {
		const container = await around.run(
			planOf({...api, servers: [{host: '127.0.0.1', port: 9}]}),
			[],
			command,
		);
		t.is((await ask(container.https, '/')).status, 404);
		const since = Date.now();
		await around.docker(['stop', container.id]);
		t.true(Date.now() - since < 3000);
		t.is(await exitOf(around.docker, container), 0);
		t.false((await linesOf(around.docker, container)).stdout.includes('never said'));
	}
});
