import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan, PlanRoute} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {plan} from './helpers/plan.ts';
import {type Sample, samplesOf} from './helpers/prometheus.ts';
import {ask, type Container, raw} from './helpers/proxied.ts';

// What Prometheus is told, by a proxy that has been asked all sorts of things.

const PORT = 9145;
const [everything] = plan.routes;
if (everything === undefined) {
	throw new Error('The usual plan has a route');
}

const COUNTED: Plan = {
	...plan,
	listeners: {...plan.listeners, metrics: PORT},
	routes: [
		{...everything, path: '/only', match: 'exact'},
		{...everything, path: '/limited', limits: {requestsPerSecond: 1, burst: 0}},
		{...everything, path: '/c', cache: {ignoredCookies: []}},
		{...everything, path: '/gone', to: {kind: 'refuse', status: 410}},
		{...everything, path: '/say"so\\', to: {kind: 'refuse', status: 404}},
		...Array.from(
			{length: 300},
			(_, index): PlanRoute => ({...everything, path: `/r${index}`, to: {kind: 'refuse', status: 404}}),
		),
		everything,
	],
	cacheBytes: 1024 * 1024,
};

let proxies: Around;
let container: Container;
let port: number;
test.before(async () => {
	proxies = await around();
	container = await proxies.run(COUNTED, {}, ['-p', `127.0.0.1::${PORT}`]);
	const ports = await proxies.docker(['port', container.id, String(PORT)]);
	port = Number(/:(\d+)/.exec(ports.stdout)?.[1]);
});
test.after.always(() => proxies?.close());

const scrape = async () => samplesOf((await ask(port, '/metrics', {plain: true})).body);
function numberOf(
	samples: readonly Sample[],
	name: string,
	labels: Readonly<Record<string, string>> = {},
): number {
	const found = samples.find(
		sample =>
			sample.name === `sallyport_${name}` &&
			Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
	);
	return found?.value ?? 0;
}

test.serial('before the first request the text is whole already', async t => {
	const {headers, status} = await ask(port, '/metrics', {plain: true});

	t.is(status, 200);
	t.is(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	t.true((await scrape()).length > 5);
});

test.serial('requests are counted by route and class of the status, and timed', async t => {
	const before = await scrape();
	await ask(container.https, '/only');
	await ask(container.https, '/gone/7');
	await ask(container.https, '/?a={"status":503}');
	await ask(container.https, '/?a={"cut":"refused"}');
	await ask(container.https, '/slow?ms=300');
	await raw(container.https, 'GET / HTTP/1.1\r\n\r\n');
	await ask(container.https, '/say%22so%5C');
	await wait(100);

	const after = await scrape();
	const more = (name: string, labels: Readonly<Record<string, string>>) =>
		numberOf(after, name, labels) - numberOf(before, name, labels);

	t.is(more('http_requests_total', {route: '= /only', code: '2xx'}), 1);
	t.is(more('http_requests_total', {route: '/gone', code: '4xx'}), 1);
	t.is(more('http_requests_total', {route: '/', code: '5xx'}), 2);
	t.is(more('http_requests_total', {route: '/', code: '2xx'}), 1);
	t.is(more('http_requests_total', {route: 'none', code: '4xx'}), 1);
	t.is(more('http_request_duration_seconds_bucket', {route: '/', le: '0.25'}), 2);
	t.is(more('http_request_duration_seconds_bucket', {route: '/', le: '0.5'}), 3);
	t.is(more('http_request_duration_seconds_count', {route: '/'}), 3);
	t.true(more('http_request_duration_seconds_sum', {route: '/'}) > 0.29);
	t.true(more('http_response_bytes_total', {route: '= /only'}) > 100);
	// A connection that was kept may have been the one that was cut; then there was another try.
	t.true(more('upstream_responses_total', {route: '/', upstream: 'application', code: '5xx'}) >= 2);
	t.true(after.some(({labels}) => labels['route'] === '/say"so\\'));
});

test.serial('what the cache could do and what was refused is counted', async t => {
	const path = `/c/1?a=${encodeURIComponent('{"headers":{"Cache-Control":"max-age=60"}}')}`;
	for (const headers of [{}, {}, {}, {Authorization: 'Basic x'}]) {
		await ask(container.https, path, {headers});
	}
	await Promise.all([1, 2, 3, 4].map(() => ask(container.https, '/limited')));

	const samples = await scrape();

	t.is(numberOf(samples, 'cache_requests_total', {status: 'miss'}), 1);
	t.is(numberOf(samples, 'cache_requests_total', {status: 'hit'}), 2);
	t.is(numberOf(samples, 'cache_requests_total', {status: 'bypass'}), 1);
	t.is(numberOf(samples, 'limited_requests_total', {limit: 'requests'}), 3);
});

test.serial('no client can make the numbers more', async t => {
	const names = (samples: readonly Sample[]) =>
		samples.map(({name, labels}) => name + JSON.stringify(labels)).length;
	await Promise.all(['GET', 'BREW'].map(method => ask(container.https, '/only', {method})));
	const before = names(await scrape());

	for (let index = 0; index < 40; index += 1) {
		await ask(container.https, `/only?x=${index}`, {
			method: index % 2 === 0 ? 'GET' : 'BREW',
			headers: {Host: `h${index}.example`, 'User-Agent': `agent ${index}`},
		});
	}

	t.is(names(await scrape()), before);
});

test.serial('many routes are all told of, and those beyond two hundred as one', async t => {
	for (let start = 0; start < 300; start += 20) {
		await Promise.all(Array.from({length: 20}, (_, index) => ask(container.https, `/r${start + index}`)));
	}

	const samples = (await scrape()).filter(({name}) => name === 'sallyport_http_requests_total');
	const named = samples.filter(({labels}) => labels['route']?.startsWith('/r'));

	t.is(named.length, 195);
	t.true(named.every(({value}) => value === 1));
	t.true(numberOf(samples, 'http_requests_total', {route: 'other', code: '4xx'}) >= 105);
});

test.serial('what only the supervisor knows is told too', async t => {
	const samples = await scrape();
	const now = Date.now() / 1000;

	t.is(numberOf(samples, 'instances', {state: 'ready'}), 1);
	t.is(numberOf(samples, 'upstream_server_up', {upstream: 'application'}), 1);
	t.true(numberOf(samples, 'certificate_expiry_timestamp_seconds') > now + 86_400);
	t.true(Math.abs(numberOf(samples, 'start_time_seconds') - now) < 600);
	t.true(numberOf(samples, 'connections', {state: 'active'}) >= 1);
});

test.serial('counts outlive a reload', async t => {
	const before = numberOf(await scrape(), 'http_requests_total', {route: '= /only', code: '2xx'});
	await proxies.docker(['kill', '--signal', 'HUP', container.id]);
	await wait(500);
	await ask(container.https, '/only');

	t.is(numberOf(await scrape(), 'http_requests_total', {route: '= /only', code: '2xx'}), before + 1);
});

test.serial('nothing but the text is at that port, and the text is nowhere else', async t => {
	t.is((await ask(port, '/', {plain: true})).status, 404);
	t.is((await ask(port, '/port', {plain: true})).status, 404);
	t.is((await ask(port, '/metrics', {plain: true, method: 'POST'})).status, 405);
	t.notRegex((await ask(container.https, '/metrics')).body, /sallyport_/);
	const {headers, body} = await ask(port, '/', {plain: true});
	t.notRegex(body + JSON.stringify(headers), /nginx/);
});
