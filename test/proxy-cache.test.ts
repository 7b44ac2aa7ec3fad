import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {type Asked, countOf, FRESH, pathFor} from './helpers/cached.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, type Question} from './helpers/proxied.ts';

// RFC 9111 at a running proxy: what is kept, and for whom.

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

const get = (at: string, question?: Question) => ask(container.https, at, question);
/** How often the application was asked for two questions one after another. */
async function askedFor(at: string, first: Question = {}, second: Question = first): Promise<number> {
	await get(at, first).catch(() => undefined);
	await wait(30);
	const again = await get(at, second);
	return again.status === 200 && again.body !== '' ? countOf(again) : Number.NaN;
}

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
		t.is(await askedFor(pathFor(asked)), 1);
	});
}

for (const [name, asked] of Object.entries(NOT_KEPT)) {
	test(`an answer with ${name} is not kept`, async t => {
		const at = pathFor(asked);

		await get(at).catch(() => undefined);
		await wait(30);
		const again = await get(at).catch(() => undefined);

		t.is(again === undefined ? 2 : countOf(again), 2);
	});
}

test('what one user was answered is never answered to another', async t => {
	const alice: Question = {headers: {Authorization: 'Bearer alice'}};
	const bob: Question = {headers: {Authorization: 'Bearer bob'}};
	const at = pathFor({headers: {'Cache-Control': 'public, max-age=60'}});

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
		const at = pathFor({headers: FRESH});

		t.is(await askedFor(at, {headers}), 2);
		t.is(countOf(await get(at)), 3);
		t.is(countOf(await get(at)), 3);
		t.is(countOf(await get(at, {headers})), 4);
	});
}

test('cookies that are ignored keep nobody from the cache, and the application does not see them', async t => {
	const at = pathFor({headers: FRESH});
	const first = await get(at, {headers: {Cookie: '_ga=1.2; theme.v2=dark'}});

	t.regex(first.body, /"cookie":""/);
	t.is(countOf(await get(at)), 1);
	t.is(countOf(await get(at, {headers: {Cookie: 'theme.v2=light'}})), 1);
	t.regex((await get(at, {headers: {Cookie: 'a=1; theme.v2=light'}})).body, /"cookie":"a=1; theme.v2=light"/);
	t.regex((await get(pathFor({}), {method: 'POST', headers: {Cookie: '_ga=1'}})).body, /"cookie":"_ga=1"/);
});

test('whom the cache passes by may still ask for a part, and for news', async t => {
	const at = pathFor({headers: FRESH, etag: '"one"'});
	const cookie = {Cookie: 'session=1'};
	await get(at);

	t.is((await get(at, {headers: {...cookie, 'If-None-Match': '"one"'}})).status, 304);
	t.regex((await get(at, {headers: {...cookie, Range: 'bytes=0-3'}})).body, /"range":"bytes=0-3"/);
	t.is(countOf(await get(at)), 1);
});

test('nothing is kept of a route where the proxy itself asks who somebody is', async t => {
	t.is(await askedFor(pathFor({headers: FRESH}, '/guarded')), 2);
});

test('only GET and HEAD are answered from the cache', async t => {
	const at = pathFor({headers: FRESH});
	await get(at);

	const head = await get(at, {method: 'HEAD'});
	t.is(head.body, '');
	t.is(head.headers['cache-status'], 'Sallyport; hit');
	t.is(countOf(await get(at, {method: 'OPTIONS'})), 2);
	t.is(countOf(await get(at)), 1);
});

test('what was changed through the proxy is asked for again, in all its variants', async t => {
	const at = pathFor({headers: {...FRESH, Vary: 'Accept-Language'}});
	const speaks = (language: string): Question => ({headers: {'Accept-Language': language}});
	await get(at, speaks('de'));
	await get(at, speaks('fr'));

	t.is(countOf(await get(at, {method: 'POST'})), 3);
	t.is(countOf(await get(at, speaks('de'))), 4);
	t.is(countOf(await get(at, speaks('fr'))), 5);
	t.is(countOf(await get(at, speaks('de'))), 4);
	t.is(countOf(await get(at, {method: 'DELETE'})), 6);
	t.is(countOf(await get(at, speaks('de'))), 7);
});

test('a change that the application refused changes nothing, and one elsewhere nothing here', async t => {
	const at = pathFor({headers: FRESH, later: {status: 409}});
	const elsewhere = pathFor({headers: FRESH});
	await get(at);

	t.is((await get(at, {method: 'PUT'})).status, 409);
	t.is((await get(elsewhere, {method: 'PUT'})).status, 200);
	t.is(countOf(await get(at)), 1);
});

test('a GET with a body is not what others are answered with', async t => {
	const at = pathFor({headers: FRESH});
	const fat: Question = {headers: {'Content-Length': '1'}, body: '0'};

	t.is(await askedFor(at, fat), 2);
	t.is(countOf(await get(at)), 3);
	t.is(countOf(await get(at, fat)), 4);
});

test('a HEAD that comes first does not leave an empty answer', async t => {
	const at = pathFor({headers: FRESH});
	await get(at, {method: 'HEAD'});

	t.regex((await get(at)).body, /nobody/);
});

test('each host, each query and each way to write a path is kept apart', async t => {
	const at = pathFor({headers: FRESH});
	await get(at, {headers: {Host: 'one.example'}});

	t.is((await get(at, {headers: {Host: 'two.example'}})).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(at, {headers: {Host: 'one.example:81'}})).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(`${at}&b=1`)).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(at.replace('/c/', '/c//'))).headers['cache-status'], 'Sallyport; fwd=miss');
	t.is((await get(at, {headers: {Host: 'one.example'}})).headers['cache-status'], 'Sallyport; hit');
});

test('what the answer varies by is kept apart', async t => {
	const at = pathFor({headers: {...FRESH, Vary: 'Accept-Language'}});
	const speaks = (language: string): Question => ({headers: {'Accept-Language': language}});

	for (const language of ['de', 'fr', 'de', 'fr']) {
		t.regex((await get(at, speaks(language))).body, new RegExp(`"language":"${language}"`));
	}

	t.is(countOf(await get(at, speaks('de'))), 1);
	t.is(countOf(await get(at, speaks('fr'))), 2);
});

test('an answer too large for the cache is not kept, and is whole', async t => {
	const at = pathFor({headers: FRESH, size: 10_000_000});

	t.is(await askedFor(at), 2);
	t.true((await get(at)).body.length > 10_000_000);
});
