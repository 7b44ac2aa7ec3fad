import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {plan} from './helpers/plan.ts';
import {type Answer, ask, type Container} from './helpers/proxied.ts';

// What is kept can be forgotten, does not outgrow its memory, and is not another image's.

const BYTES = 2 * 1024 * 1024;
const KEEPING: Plan = {
	...plan,
	routes: plan.routes.map(route => ({...route, cache: {ignoredCookies: []}})),
	cacheBytes: BYTES,
	limits: {...plan.limits, requestsPerSecond: 100_000, burst: 10_000},
};

let proxies: Around;
let container: Container;
test.before(async () => {
	proxies = await around();
	container = await proxies.run(KEEPING);
});
test.after.always(() => proxies?.close());

const ASKED = encodeURIComponent(
	JSON.stringify({headers: {'Cache-Control': 'max-age=600', Vary: 'Accept-Language'}, size: 3000}),
);
const HOST = 'shop.example';
const get = (path: string, language = 'de') =>
	ask(container.https, `${path}?a=${ASKED}`, {headers: {Host: HOST, 'Accept-Language': language}});
const isHit = ({headers}: Answer) => headers['cache-status'] === 'Sallyport; hit';

/** Asks on the socket, as the supervisor's own command does. */
async function purge(url?: string): Promise<string> {
	const path = url === undefined ? '/purge' : `/purge?url=${encodeURIComponent(url)}`;
	return inside(
		`require('http').get({socketPath: '/run/sallyport/proxy/health.sock', path: ${JSON.stringify(path)}}, r => r.pipe(process.stdout))`,
	);
}

async function inside(script: string): Promise<string> {
	const {stdout, stderr} = await proxies.docker(['exec', container.id, 'node', '-e', script]);
	if (stdout === '') {
		throw new Error(stderr);
	}

	return stdout;
}

test.serial('a URL is forgotten in all its variants, and no other', async t => {
	for (const [path, language] of [
		['/one', 'de'],
		['/one', 'fr'],
		['/one-more', 'de'],
	] as const) {
		await get(path, language);
	}

	await ask(container.https, `/one?a=${ASKED}&b=1`, {headers: {Host: HOST, 'Accept-Language': 'de'}});

	t.is(await purge(`https://${HOST}/one?a=${ASKED}`), '{"purged":2}\n');

	t.false(isHit(await get('/one', 'de')));
	t.false(isHit(await get('/one', 'fr')));
	t.true(isHit(await get('/one-more', 'de')));
	t.true(isHit(await get('/one', 'de')));
	t.true(isHit(await get('/one', 'fr')));
});

test.serial('all that begins in a way is forgotten, and then all', async t => {
	await Promise.all([get('/list/1'), get('/list/2'), get('/else')]);

	const said = await proxies.docker([
		'exec',
		container.id,
		'/opt/sallyport/bin/sallyport-init',
		'purge',
		`https://${HOST}/list/*`,
	]);
	t.is(said.stdout, 'purged\n');
	t.false(isHit(await get('/list/1')));
	t.true(isHit(await get('/else')));
	t.regex(await purge(), /"purged":[1-9]/);
	t.false(isHit(await get('/else')));
	t.is(await purge('https://nobody.example/*'), '{"purged":0}\n');
});

test.serial('nobody outside can have anything forgotten', async t => {
	await get('/mine');

	// A change that the application took is something else: test/proxy-cache.test.ts.
	for (const method of ['PURGE', 'BAN']) {
		await ask(container.https, `/mine?a=${ASKED}`, {method, headers: {Host: HOST}}).catch(() => undefined);
	}
	t.notRegex((await ask(container.https, '/purge')).body, /purged/);

	t.true(isHit(await get('/mine')));
});

test.serial('however much is asked for, the cache stays within its bytes', async t => {
	for (let round = 0; round < 20; round += 1) {
		await Promise.all(Array.from({length: 50}, (_, index) => get(`/many/${round}/${index}`)));
	}
	await wait(1000);

	const used = Number(
		await inside(
			"console.log(require('fs').readdirSync('/run/sallyport/proxy/cache', {recursive: true, withFileTypes: true}).filter(f => f.isFile()).map(f => require('fs').statSync(f.parentPath + '/' + f.name).blocks * 512).reduce((a, b) => a + b, 0))",
		),
	);
	t.true(used > BYTES / 4, String(used));
	t.true(used <= BYTES, String(used));
});

test.serial('nothing that was kept before the container started is answered after', async t => {
	await get('/before');
	t.true(isHit(await get('/before')));

	await proxies.docker(['restart', '-t', '5', container.id]);
	const ports = await proxies.docker(['port', container.id, '8443']);
	const https = Number(/:(\d+)/.exec(ports.stdout)?.[1]);
	let answer: Answer | undefined;
	for (let tries = 0; tries < 100 && answer === undefined; tries += 1) {
		await wait(50);
		answer = await ask(https, `/before?a=${ASKED}`, {headers: {Host: HOST, 'Accept-Language': 'de'}}).catch(
			() => undefined,
		);
	}

	t.is(answer?.headers['cache-status'], 'Sallyport; fwd=miss');
});
