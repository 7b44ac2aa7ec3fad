import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {plan} from './helpers/plan.ts';
import {type Answer, ask, type Container, type Question} from './helpers/proxied.ts';

// RFC 9111 at a running proxy: what is kept, for whom, and for how long.

const [everything] = plan.routes;
const CACHED: Plan = {
	...plan,
	routes: [
		...(everything === undefined
			? []
			: [
					{...everything, path: '/c', cache: {ignoredCookies: ['_ga', 'theme.v2']}},
					{
						...everything,
						path: '/guarded',
						cache: {ignoredCookies: []},
						access: {forward: {path: '/health', headers: []}},
					},
					everything,
				]),
	],
	cacheBytes: 4 * 1024 * 1024,
};

let proxies: Around;
let container: Container;
test.before(async () => {
	proxies = await around();
	container = await proxies.run(CACHED);
});
test.after.always(() => proxies?.close());

interface Asked {
	readonly headers?: Readonly<Record<string, string>>;
	readonly status?: number;
	readonly etag?: string;
	readonly waitMs?: number;
	readonly size?: number;
	readonly cut?: 'refused' | 'unframed' | 'length' | 'chunks';
	readonly later?: Omit<Asked, 'later'>;
}

let names = 0;
/** A path that nobody has asked for yet, and what the application is to answer there. */
function path(asked: Asked, below = '/c'): string {
	names += 1;
	return `${below}/${names}?a=${encodeURIComponent(JSON.stringify(asked))}`;
}

const get = (at: string, question?: Question) => ask(container.https, at, question);
const countOf = ({body}: Answer) => Number(/"count":(\d+)/.exec(body)?.[1]);
/** How often the application was asked for two questions one after another. */
async function askedFor(at: string, first: Question = {}, second: Question = first): Promise<number> {
	await get(at, first).catch(() => undefined);
	await wait(30);
	const again = await get(at, second);
	return again.status === 200 && again.body !== '' ? countOf(again) : Number.NaN;
}

const FRESH = {'Cache-Control': 'max-age=60'};
const KEPT: Readonly<Record<string, Asked>> = {
	'max-age': {headers: FRESH},
	public: {headers: {'Cache-Control': 'public, max-age=60'}},
	's-maxage before max-age': {headers: {'Cache-Control': 'max-age=0, s-maxage=60'}},
	Expires: {headers: {Expires: new Date(Date.now() + 3_600_000).toUTCString()}},
	'max-age before an Expires that is over': {headers: {...FRESH, Expires: new Date(0).toUTCString()}},
};
const NOT_KEPT: Readonly<Record<string, Asked>> = {
	'nothing said': {},
	'only Last-Modified, from which others guess': {headers: {'Last-Modified': new Date(0).toUTCString()}},
	'no-store': {headers: {'Cache-Control': 'no-store, max-age=60'}},
	'no-cache': {headers: {'Cache-Control': 'max-age=60, no-cache'}},
	private: {headers: {'Cache-Control': 'private, max-age=60'}},
	'private for one field': {headers: {'Cache-Control': 'max-age=60, private="X-Who"'}},
	'max-age=0': {headers: {'Cache-Control': 'max-age=0'}},
	's-maxage=0 before max-age': {headers: {'Cache-Control': 's-maxage=0, max-age=60'}},
	'Expires that is over': {headers: {Expires: new Date(0).toUTCString()}},
	'Expires that is no date': {headers: {Expires: '0'}},
	'Set-Cookie': {headers: {...FRESH, 'Set-Cookie': 'session=1'}},
	'Vary: *': {headers: {...FRESH, Vary: '*'}},
	'an Age already': {headers: {...FRESH, Age: '50'}},
	'X-Accel-Expires alone': {headers: {'X-Accel-Expires': '60'}},
	'cut off before its length': {headers: FRESH, cut: 'length', later: {}},
	'cut off between chunks': {headers: FRESH, cut: 'chunks', later: {}},
	'neither length nor chunks': {headers: FRESH, cut: 'unframed'},
	'an error without freshness': {status: 404},
};

for (const [name, asked] of Object.entries(KEPT)) {
	test(`an answer with ${name} is kept`, async t => {
		t.is(await askedFor(path(asked)), 1);
	});
}

for (const [name, asked] of Object.entries(NOT_KEPT)) {
	test(`an answer with ${name} is not kept`, async t => {
		const at = path(asked);

		await get(at).catch(() => undefined);
		await wait(30);
		const again = await get(at).catch(() => undefined);

		t.is(again === undefined ? 2 : countOf(again), 2);
	});
}

test('what one user was answered is never answered to another', async t => {
	const alice: Question = {headers: {Authorization: 'Bearer alice'}};
	const bob: Question = {headers: {Authorization: 'Bearer bob'}};
	const at = path({headers: {'Cache-Control': 'public, max-age=60'}});

	t.regex((await get(at, alice)).body, /Bearer alice/);
	t.regex((await get(at, bob)).body, /Bearer bob/);
	t.regex((await get(at)).body, /nobody/);
	t.regex((await get(at)).body, /"count":3/);
	t.regex((await get(at, alice)).body, /Bearer alice/);
	t.is((await get(at, alice)).headers['cache-status'], 'Sallyport; fwd=bypass');
});

for (const headers of [
	{Cookie: 'session=1'},
	{Cookie: '_ga=1; session=1'},
	{Cookie: 'session=1; _ga=1'},
	{Cookie: '_GA=1'},
	{Cookie: '_gax=1'},
	{Cookie: 'themexv2=1'},
	{Cookie: '_ga="; session=1"'},
	{Cookie: '_ga=1, session=1'},
	{Cookie: 'nothing'},
	{'X-API-Key': '1'},
]) {
	test(`a request with ${JSON.stringify(headers)} neither gets nor leaves anything in the cache`, async t => {
		const at = path({headers: FRESH});

		t.is(await askedFor(at, {headers}), 2);
		t.is(countOf(await get(at)), 3);
		t.is(countOf(await get(at)), 3);
		t.is(countOf(await get(at, {headers})), 4);
	});
}

test('cookies that are ignored keep nobody from the cache, and the application does not see them', async t => {
	const at = path({headers: FRESH});
	const first = await get(at, {headers: {Cookie: '_ga=1.2; theme.v2=dark'}});

	t.regex(first.body, /"cookie":""/);
	t.is(countOf(await get(at)), 1);
	t.is(countOf(await get(at, {headers: {Cookie: 'theme.v2=light'}})), 1);
	t.regex((await get(at, {headers: {Cookie: 'a=1; theme.v2=light'}})).body, /"cookie":"a=1; theme.v2=light"/);
	t.regex((await get(path({}), {method: 'POST', headers: {Cookie: '_ga=1'}})).body, /"cookie":"_ga=1"/);
});

test('nothing is kept of a route where the proxy itself asks who somebody is', async t => {
	t.is(await askedFor(path({headers: FRESH}, '/guarded')), 2);
});

test('only GET and HEAD are answered from the cache', async t => {
	const at = path({headers: FRESH});
	await get(at);

	t.is(countOf(await get(at, {method: 'POST'})), 2);
	t.is(countOf(await get(at, {method: 'DELETE'})), 3);
	const head = await get(at, {method: 'HEAD'});
	t.is(head.body, '');
	t.is(head.headers['cache-status'], 'Sallyport; hit');
	t.is(countOf(await get(at)), 1);
});

test('a HEAD that comes first does not leave an empty answer', async t => {
	const at = path({headers: FRESH});
	await get(at, {method: 'HEAD'});

	t.regex((await get(at)).body, /nobody/);
});

test('each host, each query and each way to write a path is kept apart', async t => {
	const at = path({headers: FRESH});
	await get(at, {headers: {Host: 'one.example'}});

	t.is((await get(at, {headers: {Host: 'two.example'}})).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(at, {headers: {Host: 'one.example:81'}})).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(`${at}&b=1`)).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(at.replace('/c/', '/c//'))).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(at, {headers: {Host: 'one.example'}})).headers['cache-status'], 'Sallyport; hit');
});

test('what the answer varies by is kept apart', async t => {
	const at = path({headers: {...FRESH, Vary: 'Accept-Language'}});
	const speaks = (language: string): Question => ({headers: {'Accept-Language': language}});

	for (const language of ['de', 'fr', 'de', 'fr']) {
		t.regex((await get(at, speaks(language))).body, new RegExp(`"language":"${language}"`));
	}

	t.is(countOf(await get(at, speaks('de'))), 1);
	t.is(countOf(await get(at, speaks('fr'))), 2);
});

test('an answer from the cache says its age', async t => {
	const at = path({headers: FRESH});
	t.is((await get(at)).headers['age'], undefined);
	await wait(2100);

	const {headers} = await get(at);

	t.is(headers['cache-status'], 'Sallyport; hit');
	t.regex(String(headers['age']), /^[2-9]$/);
});

test('an answer that is over is asked for again, and a 304 makes it young', async t => {
	const at = path({headers: {'Cache-Control': 'max-age=1'}, etag: '"one"'});
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
	const kept = path({
		headers: {'Cache-Control': 'max-age=1, stale-if-error=60'},
		later: {cut: 'refused'},
	});
	const strict = path({headers: {'Cache-Control': 'max-age=1'}, later: {cut: 'refused'}});
	const must = path({
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
	const at = path({
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
	const at = path({headers: FRESH, waitMs: 300});

	const answers = await Promise.all(Array.from({length: 12}, () => get(at)));

	t.deepEqual([...new Set(answers.map(countOf))], [1]);
});

test('those who ask for what can not be kept do not wait for each other', async t => {
	const at = path({waitMs: 1000}, '/other');
	const before = Date.now();

	await Promise.all(Array.from({length: 12}, () => get(at)));

	t.true(Date.now() - before < 6000);
});

test('a part of what is kept is answered with 206, and a client that has it with 304', async t => {
	const at = path({headers: {...FRESH, 'Accept-Ranges': 'bytes'}, etag: '"whole"'});
	const whole = await get(at);

	const part = await get(at, {headers: {Range: 'bytes=0-7'}});
	t.is(part.status, 206);
	t.is(part.body, whole.body.slice(0, 8));
	t.is((await get(at, {headers: {'If-None-Match': '"whole"'}})).status, 304);
	t.is((await get(at, {headers: {'If-None-Match': '"other"'}})).status, 200);
	t.is(countOf(await get(at)), 1);
});

test('a part that is asked for first does not become the whole', async t => {
	const at = path({headers: {...FRESH, 'Accept-Ranges': 'bytes'}});
	await get(at, {headers: {Range: 'bytes=0-3'}});

	t.regex((await get(at)).body, /nobody/);
	t.is(countOf(await get(at)), 1);
});

test('an answer too large for the cache is not kept, and is whole', async t => {
	const at = path({headers: FRESH, size: 10_000_000});

	t.is(await askedFor(at), 2);
	t.true((await get(at)).body.length > 10_000_000);
});
