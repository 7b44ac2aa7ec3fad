import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {countOf, FRESH, pathFor} from './helpers/cached.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, type Question} from './helpers/proxied.ts';

// RFC 9111 at a running proxy: how old answers get, what is said of it, and what happens when they are over.

const CACHED: Plan = {
	...plan,
	routes: plan.routes.flatMap(route => [{...route, path: '/c', cache: {ignoredCookies: []}}, route]),
	cacheBytes: 4 * 1024 * 1024,
};

let proxies: Around;
let container: Container;
test.before(async () => {
	proxies = await around();
	container = await proxies.run(CACHED);
});
test.after.always(() => proxies?.close());

const get = (at: string, question?: Question) => ask(container.https, at, question);

test('an answer from the cache says its age', async t => {
	const at = pathFor({headers: FRESH});
	t.is((await get(at)).headers['age'], undefined);
	await wait(2100);

	const {headers} = await get(at);

	t.is(headers['cache-status'], 'Sallyport; hit');
	t.regex(String(headers['age']), /^[2-9]$/);
});

test('an answer that is over is asked for again, and a 304 makes it young', async t => {
	const at = pathFor({headers: {'Cache-Control': 'max-age=1'}, etag: '"one"'});
	await get(at);
	await wait(2100);

	const validated = await get(at);
	t.is(validated.headers['cache-status'], 'Sallyport; fwd=stale; fwd-status=304');
	t.is(validated.headers['age'], '0');
	t.is(countOf(validated), 1);
	const hit = await get(at);
	t.is(hit.headers['cache-status'], 'Sallyport; hit');
	t.regex(String(hit.headers['age']), /^[0-2]$/);
});

test('an answer that is over is not shown when the application fails, unless it allows it', async t => {
	const kept = pathFor({
		headers: {'Cache-Control': 'max-age=1, stale-if-error=60'},
		later: {cut: 'refused'},
	});
	const strict = pathFor({headers: {'Cache-Control': 'max-age=1'}, later: {cut: 'refused'}});
	const must = pathFor({
		headers: {'Cache-Control': 'max-age=1, must-revalidate'},
		later: {cut: 'refused'},
	});
	await Promise.all([get(kept), get(strict), get(must)]);
	await wait(2100);

	const stale = await get(kept);
	t.is(stale.status, 200);
	t.is(stale.headers['cache-status'], 'Sallyport; hit; detail=stale');
	t.regex(String(stale.headers['age']), /^[2-9]$/);
	t.is((await get(strict)).status, 502);
	t.is((await get(must)).status, 502);
});

test('an answer that may be shown while it is asked for again is shown at once', async t => {
	const at = pathFor({
		headers: {'Cache-Control': 'max-age=1, stale-while-revalidate=60'},
		later: {waitMs: 3000, headers: {'Cache-Control': 'max-age=60'}},
	});
	await get(at);
	await wait(2100);
	const before = Date.now();

	const shown = await get(at);
	const tookMs = Date.now() - before;

	t.is(countOf(shown), 1);
	t.true(tookMs < 2000, String(tookMs));
	await wait(3500);
	t.is(countOf(await get(at)), 2);
});

test('of many who ask for the same at once one asks the application', async t => {
	const at = pathFor({headers: FRESH, waitMs: 300});

	const answers = await Promise.all(Array.from({length: 12}, () => get(at)));

	t.deepEqual([...new Set(answers.map(countOf))], [1]);
});

test('those who ask for what can not be kept do not wait for each other', async t => {
	const at = pathFor({waitMs: 1000}, '/other');
	const start = Date.now();

	await Promise.all(Array.from({length: 12}, () => get(at)));

	t.true(Date.now() - start < 6000);
});

test('a part of what is kept is answered with 206, and a client that has it with 304', async t => {
	const at = pathFor({headers: {...FRESH, 'Accept-Ranges': 'bytes'}, etag: '"whole"'});
	const whole = await get(at);

	const part = await get(at, {headers: {Range: 'bytes=0-7'}});
	t.is(part.status, 206);
	t.is(part.body, whole.body.slice(0, 8));
	t.is((await get(at, {headers: {'If-None-Match': '"whole"'}})).status, 304);
	t.is((await get(at, {headers: {'If-None-Match': '"other"'}})).status, 200);
	t.is(countOf(await get(at)), 1);
});

test('a part that is asked for first does not become the whole', async t => {
	const at = pathFor({headers: {...FRESH, 'Accept-Ranges': 'bytes'}});
	await get(at, {headers: {Range: 'bytes=0-3'}});

	t.regex((await get(at)).body, /nobody/);
	t.is(countOf(await get(at)), 1);
});
