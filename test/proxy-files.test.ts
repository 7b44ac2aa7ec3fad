import test from 'ava';
import type {Plan, PlanRoute} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {plan} from './helpers/plan.ts';
import {type Answer, ask, type Container, raw} from './helpers/proxied.ts';

// Files of the image, and the proxy's own pages, without an application and beside one.

const route = (
	path: string,
	to: PlanRoute['to'],
	match: PlanRoute['match'] = 'prefix',
	limits: PlanRoute['limits'] = {},
): PlanRoute => ({path, match, to, access: {}, limits, headers: []});
const files = (folder: string, fallback?: string): PlanRoute['to'] => ({
	kind: 'files',
	folder,
	maxAgeSeconds: 3600,
	...(fallback === undefined ? {} : {fallback}),
});
const {application: _, ...rest} = plan;
const PAGES: Plan['pages'] = {
	robots: 'User-agent: *\nDisallow: /private',
	securityTxt: 'Contact: mailto:security@example.org\nExpires: 2030-01-01T00:00:00Z\n',
	errors: [
		{status: 404, file: '/test/pages/404.html'},
		{status: 413, file: '/test/pages/413.html'},
		{status: 429, file: '/test/pages/429.html'},
		{status: 503, file: '/test/pages/503.html'},
		{status: 403, file: '/test/pages/not-there.html'},
	],
	maintenance: '/run/sallyport/maintenance.html',
};
/** No application process: the container's command is a process that does nothing. */
const STATIC: Plan = {
	...rest,
	routes: [
		route('/logo.svg', files('/test/site/images'), 'exact'),
		route('/a.b+c', files('/test/site/docs')),
		route('/docs', files('/test/site/docs')),
		route('/gone', {kind: 'refuse', status: 410}),
		{
			...route('/closed', files('/test/site')),
			access: {addresses: {allow: ['192.0.2.1/32'], deny: []}},
		},
		route('/', files('/test/site')),
	],
};
const BESIDE: Plan = {
	...plan,
	routes: [
		route('/app', files('/test/site', 'index.html')),
		route('/forbidden', {kind: 'refuse', status: 403}),
		route('/limited', {kind: 'application', protocol: 'http'}, 'prefix', {requestsPerSecond: 1, burst: 0}),
		route('/', {kind: 'application', protocol: 'http'}),
	],
	limits: {...plan.limits, bodyBytes: 1000},
	pages: PAGES,
};
const FILES = {
	'site/index.html': '<h1>Home</h1>',
	'site/app.js': 'console.log(1)',
	'site/style.css': 'body{}',
	'site/data.json': '{}',
	'site/strange.xyz': 'xyz',
	'site/none': 'no ending',
	'site/with space.txt': 'space',
	'site/.env': 'SECRET=1',
	'site/.git/config': '[core]',
	'site/.well-known/pki': 'pki',
	'site/images/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
	'site/docs/index.html': '<h1>Docs</h1>',
	'site/docs/page.html': '<h1>Page</h1>',
	'site/docs/deep/index.html': '<h1>Deep</h1>',
	'outside.txt': 'outside',
	'idle.mjs': 'setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(0));',
	'pages/404.html': '<h1>Not here</h1>',
	'pages/413.html': '<h1>Too large</h1>',
	'pages/429.html': '<h1>Too many</h1>',
	'pages/503.html': '<h1>Later</h1>',
};

let proxies: Around;
let site: Container;
let beside: Container;
test.before(async () => {
	proxies = await around();
	[site, beside] = await Promise.all([
		proxies.run(STATIC, {...FILES, 'app.mjs': FILES['idle.mjs']}),
		proxies.run(BESIDE, FILES),
	]);
});
test.after.always(() => proxies?.close());

const SERVED: Readonly<Record<string, readonly [type: string, body: string]>> = {
	'/': ['text/html; charset=utf-8', '<h1>Home</h1>'],
	'/app.js': ['text/javascript; charset=utf-8', 'console.log(1)'],
	'/style.css?v=1': ['text/css; charset=utf-8', 'body{}'],
	'/data.json': ['application/json; charset=utf-8', '{}'],
	'/strange.xyz': ['application/octet-stream', 'xyz'],
	'/none': ['application/octet-stream', 'no ending'],
	'/with%20space.txt': ['text/plain; charset=utf-8', 'space'],
	'/.well-known/pki': ['application/octet-stream', 'pki'],
	'/logo.svg': ['image/svg+xml', FILES['site/images/logo.svg']],
	'/docs/': ['text/html; charset=utf-8', '<h1>Docs</h1>'],
	'/DOCS/page.html': ['text/html; charset=utf-8', '<h1>Page</h1>'],
	'/docs/deep/': ['text/html; charset=utf-8', '<h1>Deep</h1>'],
	'/a.b+c/page.html': ['text/html; charset=utf-8', '<h1>Page</h1>'],
	'/docs//page.html': ['text/html; charset=utf-8', '<h1>Page</h1>'],
};
for (const [path, [type, body]] of Object.entries(SERVED)) {
	test(`${path} is a file of the image, with its type`, async t => {
		const answer = await asked(site, path);

		t.is(answer.status, 200);
		t.is(answer.headers['content-type'], type);
		t.is(answer.body, body);
		t.is(answer.headers['cache-control'], 'max-age=3600');
		t.is(answer.headers['x-content-type-options'], 'nosniff');
	});
}

for (const path of [
	'/missing',
	'/.env',
	'/.git/config',
	'/%2eenv',
	'/docs/.%65nv',
	'/docs/missing.html',
	'/docsx',
	'/docs;x',
	'/docs/..%2f..%2foutside.txt',
	'/images/../../outside.txt',
	'/docs/%2e%2e/%2e%2e/outside.txt',
	'/docs/..;/outside.txt',
	'/docs//..//../outside.txt',
	'/aXb+c/page.html',
	'/index.html/',
	'/app.js/x',
]) {
	test(`${path} shows nothing of the image`, async t => {
		const text = await raw(
			site.https,
			`GET ${path} HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n`,
		);

		t.regex(text, /^HTTP\/1\.1 40[04] /);
		t.regex(text, /\{"status":40[04],"request_id":"[0-9a-f]{32}"\}/);
		t.notRegex(text, /outside$|SECRET|core|nginx/);
	});
}

test('a folder without its slash is sent to it, on the host and the port that were asked', async t => {
	const answer = await ask(site.https, '/docs/deep?x=1', {headers: {Host: 'site.example:8443'}});

	t.is(answer.status, 308);
	t.is(answer.headers['location'], 'https://site.example:8443/docs/deep/?x=1');
	t.is(
		(await ask(site.https, '/docs', {headers: {Host: 'site.example'}})).headers['location'],
		'https://site.example/docs/',
	);
	const odd = await raw(
		site.https,
		'GET //docs/deep HTTP/1.1\r\nHost: site.example\r\nConnection: close\r\n\r\n',
	);
	t.notRegex(odd, /Location: (?!https:\/\/site\.example\/)/i);
});

test('who may not come is not told which folders there are', async t => {
	for (const path of ['/closed/docs', '/closed/docs/', '/closed/nothing', '/closed/app.js']) {
		t.is((await ask(site.https, path)).status, 403, path);
	}
});

test('a file has a tag, by which it is not sent twice, and parts', async t => {
	const {headers} = await ask(site.https, '/app.js');
	const tag = String(headers['etag']);

	t.is((await ask(site.https, '/app.js', {headers: {'If-None-Match': tag}})).status, 304);
	t.is((await ask(site.https, '/app.js', {headers: {Range: 'bytes=0-6'}})).body, 'console');
	t.is((await ask(site.https, '/app.js', {method: 'HEAD'})).headers['content-length'], '14');
	t.is((await ask(site.https, '/app.js', {method: 'POST'})).status, 405);
	t.is((await ask(site.https, '/gone')).status, 410);
});

test('without an application the proxy is healthy by itself', async t => {
	t.is((await ask(site.https, '/healthz')).status, 200);
});

test('the page of an application in the browser stands in for what is not there, and is never kept unasked', async t => {
	for (const path of ['/app/', '/app/users/7', '/app/deep/er']) {
		const answer = await ask(beside.https, path);
		t.is(answer.status, 200, path);
		t.is(answer.body, '<h1>Home</h1>', path);
		t.is(answer.headers['cache-control'], 'max-age=0', path);
	}

	t.is((await ask(beside.https, '/app/app.js')).headers['cache-control'], 'max-age=3600');
	t.is((await ask(beside.https, '/app/.env')).status, 404);
	t.regex((await ask(beside.https, '/port')).body, /^3000$/);
});

test('robots.txt and security.txt are texts, as they were written', async t => {
	const robots = await ask(beside.https, '/robots.txt');
	const security = await ask(beside.https, '/.well-known/security.txt');

	t.is(robots.body, 'User-agent: *\nDisallow: /private\n');
	t.is(security.body, String(PAGES.securityTxt));
	t.is(security.headers['content-type'], 'text/plain; charset=utf-8');
	t.is((await ask(site.https, '/robots.txt')).status, 404);
});

test.serial(
	'the proxy answers its own errors with the pages of the project, and the application its own itself',
	async t => {
		const page = (answer: Answer) => [answer.status, answer.headers['content-type'], answer.body];
		const html = 'text/html; charset=utf-8';

		t.deepEqual(page(await ask(beside.https, '/app/.env')), [404, html, '<h1>Not here</h1>']);
		t.deepEqual(page(await ask(beside.https, '/x', {method: 'POST', body: 'x'.repeat(2000)})), [
			413,
			html,
			'<h1>Too large</h1>',
		]);
		const many = await Promise.all([1, 2, 3].map(() => ask(beside.https, '/limited')));
		const refused = many.find(({status}) => status === 429);
		t.is(refused?.body, '<h1>Too many</h1>');
		t.is(refused?.headers['retry-after'], '1');
		t.is(refused?.headers['x-frame-options'], 'DENY');
		// Its page is missing.
		t.regex((await ask(beside.https, '/forbidden')).body, /^\{"status":403,/);
		// No page is meant for it.
		t.regex((await ask(beside.https, '/?a={"cut":"refused"}')).body, /^\{"status":502,/);
		t.regex((await ask(beside.https, '/?a={"status":404}')).body, /"count"/);
	},
);

test.serial(
	'while the file of the maintenance is there everything but the health route is 503 with it',
	async t => {
		const path = '/run/sallyport/maintenance.html';
		const inside = (script: string) => proxies.docker(['exec', beside.id, 'node', '-e', script]);
		await inside(`require('fs').writeFileSync('${path}', '<h1>Back at noon</h1>')`);

		for (const [asked, method] of [
			['/', 'GET'],
			['/x', 'POST'],
			['/app/', 'GET'],
			['/forbidden', 'GET'],
			['/robots.txt', 'GET'],
		] as const) {
			const answer = await ask(beside.https, asked, {method});
			t.is(answer.status, 503, asked);
			t.is(answer.body, '<h1>Back at noon</h1>', asked);
			t.is(answer.headers['retry-after'], '5', asked);
		}

		t.is((await ask(beside.https, '/healthz')).status, 200);
		await inside(`require('fs').unlinkSync('${path}')`);
		t.is((await ask(beside.https, '/port')).status, 200);
	},
);

function asked(container: Container, path: string): Promise<Answer> {
	return ask(container.https, path);
}
