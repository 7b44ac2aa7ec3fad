import {createServer, type RequestListener} from 'node:http';
import {createSecureServer, type Http2ServerRequest, type Http2ServerResponse} from 'node:http2';
import {createServer as createHttpsServer} from 'node:https';
import test from 'ava';
import {headerProbes} from '../../daemon/probes/header/index.ts';
import type {Pages} from '../../daemon/probes/pages.ts';
import {privacyProbes} from '../../daemon/probes/privacy/index.ts';
import type {Endpoint, Subject} from '../../daemon/probes/probe.ts';
import {worstFirst} from '../../policies/decide.ts';
import {makeAuthority} from '../helpers/certificates.ts';
import {contract, listening, proxyContract, rawServer, subjectWith} from '../helpers/subject.ts';

const probes = {...headerProbes, ...privacyProbes};
type Id = keyof typeof probes;
const ids = Object.keys(probes) as readonly Id[]; // Its own keys.
const certified = makeAuthority().issue('app.test');
const none: Partial<Subject> = {promised: {state: 'none', reason: 'the image carries no contract'}};
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

function at(port: number, protocol: Endpoint['protocol'], name = 'app.test'): Endpoint {
	return {protocol, port: 8443, address: {host: '127.0.0.1', port}, name};
}

async function judged(id: Id, changed: Partial<Subject>) {
	const findings = await probes[id].probe(subjectWith({...none, ...changed}), soon());
	return {
		result: worstFirst.find(result => findings.some(finding => finding.result === result)),
		messages: findings.map(({message}) => message).join('\n'),
	};
}

/** What a probe makes of a plain site without a contract. */
async function ofSite(id: Id, site: RequestListener, changed: Partial<Subject> = {}, name = 'app.test') {
	await using server = await listening(createServer(site));
	return await judged(id, {endpoints: [at(server.port, 'http', name)], ...changed});
}

/** Of one page with these headers, on every path. */
const page =
	(headers: Readonly<Record<string, string | string[]>>, body = '<p>Hello', status = 200): RequestListener =>
	(_, response) => {
		response.writeHead(status, {'Content-Type': 'text/html', ...headers}).end(body);
	};

for (const id of ids) {
	test(`${id}: a port that nobody reached is not evaluated`, async t => {
		const endpoints: readonly Endpoint[] = [{protocol: 'https', port: 8443, address: undefined, name: ''}];

		t.is((await judged(id, {endpoints})).result, 'not-evaluated');
	});

	test(`${id}: a server that hangs up on every question is not evaluated`, async t => {
		await using server = await rawServer(socket => socket.destroy());

		t.is(
			(await judged(id, {endpoints: [at(server.port, 'https'), at(server.port, 'http')]})).result,
			'not-evaluated',
		);
	});
}

for (const id of ids.filter(each => each !== 'priv-no-pii-in-url')) {
	test(`${id}: without a port that speaks HTTP there is nothing to judge, and without a word on ports nothing is known`, async t => {
		t.is((await judged(id, {endpoints: []})).result, 'not-applicable');
		t.is(
			(await judged(id, {endpoints: [], promised: {state: 'broken', reason: 'someone changed it'}})).result,
			'not-evaluated',
		);
	});
}

test('all probes of one look read the same few answers', async t => {
	const asked: string[] = [];
	await using server = await listening(
		createServer((request, response) => {
			asked.push(request.url ?? '');
			page({})(request, response);
		}),
	);
	const subject = subjectWith({...none, endpoints: [at(server.port, 'http')]});
	const readers = (
		[
			'hdr-csp',
			'hdr-frame',
			'hdr-nosniff',
			'hdr-permissions',
			'hdr-referrer',
			'proxy-banner-hidden',
			'priv-cookie-attributes',
		] as const
	).map(id => probes[id]);

	await Promise.all(readers.map(({probe}) => probe(subject, soon())));

	t.is(asked.length, 3);
	t.deepEqual(
		asked.map(path => path.replace(/canary-.*/, 'canary')),
		['/', '/sallyport-canary', '/%E0%A4%A'],
	);
});

test('a header that is lost over HTTP/2 alone is seen', async t => {
	const talk = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
		response.setHeader('Content-Type', 'text/html');
		if (request.httpVersionMajor === 1) {
			response.setHeader('X-Content-Type-Options', 'nosniff');
		}

		response.end('<p>Hello');
	};
	await using server = await listening(createSecureServer({...certified, allowHTTP1: true}, talk));

	const {result, messages} = await judged('hdr-nosniff', {endpoints: [at(server.port, 'https')]});

	t.is(result, 'fail');
	t.regex(messages, /the root over HTTP\/2 \(and 1 more\)/);
});

test('a server without HTTP/2 is judged by what it speaks', async t => {
	const site: RequestListener = page({'X-Content-Type-Options': 'nosniff'});
	await using server = await listening(createHttpsServer(certified, site));

	t.is((await judged('hdr-nosniff', {endpoints: [at(server.port, 'https')]})).result, 'pass');
});

test('a redirect is followed on the same address, and never off it', async t => {
	const asked: string[] = [];
	const site =
		(location: string): RequestListener =>
		(request, response) => {
			asked.push(request.url ?? '');
			response.writeHead(request.url === '/' ? 302 : 200, {'Content-Type': 'text/html', location});
			response.end(request.url === '/' ? '' : '<p>Hello');
		};
	const visits = async (location: string): Promise<{landing: Pages['landing']; asked: readonly string[]}> => {
		asked.length = 0;
		await using server = await listening(createServer(site(location)));
		const subject = subjectWith({...none});
		const {landing} = await subject.pages(at(server.port, 'http'));
		return {landing, asked: asked.filter(path => !path.includes('canary') && !path.includes('%'))};
	};

	t.deepEqual((await visits('/login?next=1')).asked, ['/', '/login?next=1']);
	t.deepEqual((await visits('http://app.test/login')).asked, ['/', '/login']);
	for (const elsewhere of [
		'https://app.test/login',
		'http://app.test.evil.invalid/login',
		'//evil.invalid/login',
		'http://app.test:9/login',
		'http://app.test@evil.invalid/login',
		'\\\\evil.invalid/login',
		'/',
		'javascript:alert(1)',
	]) {
		const {landing, asked: paths} = await visits(elsewhere);
		t.deepEqual(paths, ['/'], elsewhere);
		t.is(landing?.what, 'redirect', elsewhere);
	}
});

test('what a contract promises must be on every answer, exactly once and letter by letter', async t => {
	const promised: Subject['promised'] = {
		state: 'kept',
		digest: `sha256:${'0'.repeat(64)}`,
		contract: {
			...contract,
			proxy: {
				...proxyContract,
				headers: [{name: 'X-Frame-Options', value: 'DENY'}],
				limits: {...proxyContract.limits, bodyBytes: 0},
			},
		},
	};
	const of = async (...values: string[]) => {
		const site = page({'X-Frame-Options': values});
		await using server = await listening(createHttpsServer(certified, site));
		return (await judged('hdr-on-errors', {promised, endpoints: [at(server.port, 'https')]})).messages;
	};

	t.notRegex(await of('deny'), /lacks/);
	t.regex(await of('SAMEORIGIN'), /lacks X-Frame-Options/);
	t.regex(await of('DENY', 'DENY'), /lacks X-Frame-Options/);
});

test('without a contract, what the landing page says must not get lost on errors', async t => {
	const site =
		(isKept: boolean): RequestListener =>
		(request, response) => {
			const isRoot = request.url === '/';
			const headers = {
				'Content-Type': 'text/html',
				...((isRoot || isKept) && {'X-Content-Type-Options': 'nosniff'}),
			};
			response.writeHead(isRoot ? 200 : 404, headers).end('<p>Hello');
		};

	t.is((await ofSite('hdr-on-errors', site(true))).result, 'pass');
	const lost = await ofSite('hdr-on-errors', site(false));
	t.is(lost.result, 'fail');
	t.regex(lost.messages, /an unknown path \(404, HTTP\/1\.1\) lacks x-content-type-options/);
	t.is((await ofSite('hdr-on-errors', page({}))).result, 'not-applicable');
	const withoutPolicy: RequestListener = (request, response) => {
		const policy = request.url === '/' ? {'Content-Security-Policy': "default-src 'self'"} : {};
		page(policy, '<p>Hello', request.url === '/' ? 200 : 404)(request, response);
	};
	t.regex((await ofSite('hdr-on-errors', withoutPolicy)).messages, /lacks content-security-policy/);
});

test('what a server says to no proper request, before anything that was configured for it, is read for what it tells alone', async t => {
	const site =
		(told: string): RequestListener =>
		(request, response) => {
			const kept = page({'X-Content-Type-Options': 'nosniff'}, '<p>Hello', request.url === '/' ? 200 : 404);
			if (request.url?.includes('%')) {
				response.writeHead(400, {'Content-Type': 'text/html'}).end(told);
			} else {
				kept(request, response);
			}
		};

	t.is((await ofSite('hdr-nosniff', site('400 Bad Request'))).result, 'pass');
	t.is((await ofSite('hdr-on-errors', site('400 Bad Request'))).result, 'pass');
	t.is((await ofSite('hdr-on-errors', site('Traceback (most recent call last)'))).result, 'fail');
	t.is((await ofSite('proxy-banner-hidden', site('<center>nginx/1.22.1</center>'))).result, 'fail');
});

test('a redirect is judged by what browsers take from it', async t => {
	const headers = {'Set-Cookie': 'session=1', 'Referrer-Policy': 'unsafe-url', location: '/there'};
	const site: RequestListener = (request, response) => {
		const isRoot = request.url === '/';
		response.writeHead(isRoot ? 301 : 200, isRoot ? headers : {'Content-Type': 'application/json'});
		response.end(isRoot ? '<p>Moved' : '{}');
	};

	t.is((await ofSite('hdr-referrer', site)).result, 'fail');
	t.is((await ofSite('priv-cookie-attributes', site)).result, 'fail');
	t.is((await ofSite('hdr-frame', site)).result, 'not-applicable');
	t.is((await ofSite('hdr-csp', site)).result, 'not-applicable');
});

test('a listener that only redirects is judged for what it tells and sets, and for nothing else', async t => {
	await using server = await listening(
		createServer((_, response) =>
			response.writeHead(301, {location: 'https://app.test/', server: 'nginx/1.22.1'}).end(),
		),
	);
	const endpoints = [at(server.port, 'redirect')];

	t.is((await judged('proxy-banner-hidden', {endpoints})).result, 'fail');
	t.is((await judged('hdr-nosniff', {endpoints})).result, 'not-applicable');
});

const servers: readonly (readonly [headers: Readonly<Record<string, string>>, result: 'pass' | 'fail'])[] = [
	[{Server: 'nginx'}, 'pass'],
	[{Server: 'AmazonS3'}, 'pass'],
	[{Server: 'h2o'}, 'pass'],
	[{Via: '1.1 varnish, 2 edge-7:8080'}, 'pass'],
	[{Server: 'nginx/1.22.1'}, 'fail'],
	[{Server: 'Jetty(9.4.z)'}, 'fail'],
	[{Server: 'Apache 2'}, 'fail'],
	[{Via: '1.1 cache (Varnish/6.0)'}, 'fail'],
	[{'X-Powered-By': 'Express'}, 'fail'],
	[{'X-AspNetMvc-Version': '5'}, 'fail'],
];
for (const [headers, expected] of servers) {
	test(`proxy-banner-hidden: ${JSON.stringify(headers)} is ${expected}`, async t => {
		t.is((await ofSite('proxy-banner-hidden', page(headers))).result, expected);
	});
}

test('proxy-banner-hidden: an error page that its server signed tells as much', async t => {
	t.is((await ofSite('proxy-banner-hidden', page({}, '<center>nginx/1.22.1</center>', 404))).result, 'fail');
	t.is((await ofSite('proxy-banner-hidden', page({}, '<p>How we moved to nginx/1.22.1'))).result, 'pass');
});

test('hdr-cors: an origin that begins or ends like the own name is a stranger', async t => {
	const site =
		(isAllowed: (origin: string) => boolean): RequestListener =>
		(request, response) => {
			const {origin = ''} = request.headers;
			const allowed = isAllowed(origin) ? {'Access-Control-Allow-Origin': origin} : {};
			page({...allowed, 'Access-Control-Allow-Credentials': 'true'})(request, response);
		};

	t.is(
		(
			await ofSite(
				'hdr-cors',
				site(origin => origin === 'https://app.test'),
			)
		).result,
		'pass',
	);
	t.is(
		(
			await ofSite(
				'hdr-cors',
				site(origin => origin.startsWith('https://app.test')),
			)
		).result,
		'fail',
	);
	t.is(
		(
			await ofSite(
				'hdr-cors',
				site(origin => origin.endsWith('app.test')),
			)
		).result,
		'fail',
	);
	t.is(
		(
			await ofSite(
				'hdr-cors',
				site(origin => origin === 'null'),
			)
		).result,
		'fail',
	);
	const preflight: RequestListener = (request, response) =>
		site(() => request.method === 'OPTIONS')(request, response);
	t.is((await ofSite('hdr-cors', preflight)).result, 'fail');
});

test('hdr-permissions: a policy may say what must be off, and what the application uses', async t => {
	const of = (value: string, params: object) =>
		ofSite('hdr-permissions', page({'Permissions-Policy': value}), {paramsOf: () => params as never});

	t.is((await of('usb=()', {deny: ['usb']})).result, 'pass');
	t.is((await of('camera=(self), microphone=(), geolocation=()', {allow: ['camera']})).result, 'pass');
	t.is(
		(await of('camera=(self "https://a.example"), microphone=(), geolocation=()', {allow: ['camera']}))
			.result,
		'fail',
	);
	t.is((await of('camera=*, microphone=(), geolocation=()', {allow: ['camera']})).result, 'fail');
	t.is((await of('camera=none, microphone=(), geolocation=()', {})).result, 'pass');
});

test('priv-cookie-attributes: a policy may name sessions and bound lifetimes, and values are never told', async t => {
	const of = (cookie: string, params: object = {}) =>
		ofSite('priv-cookie-attributes', page({'Set-Cookie': cookie}), {paramsOf: () => params as never});
	const kept = 'Secure; SameSite=Lax';

	t.is((await of(`basket=hush; ${kept}`)).result, 'pass');
	t.is((await of(`basket=hush; ${kept}`, {session: ['basket']})).result, 'fail');
	t.is((await of(`theme=hush; ${kept}; Max-Age=864000`, {max: 7})).result, 'fail');
	t.is((await of(`csrftoken=hush; ${kept}`)).result, 'pass');
	t.is((await of(`theme=hush; ${kept}; Domain=other.test`)).result, 'fail');
	const {messages} = await of('hush-hush');
	t.regex(messages, /the cookie without a name/);
	t.notRegex(messages, /hush/);
});

test('priv-no-preconsent-tracking: what is declared is not tracking, and what only people follow is no fetch', async t => {
	const body =
		'<script src="/own.js"></script><script src="//cdn.example/x.js"></script><a href="https://elsewhere.example">x</a><link rel="canonical" href="https://app.example/">';
	const of = (params: object) =>
		ofSite('priv-no-preconsent-tracking', page({'Set-Cookie': 'a=1'}, body), {
			paramsOf: () => params as never,
		});

	t.is((await of({essential: ['a'], allowHosts: ['cdn.example']})).result, 'pass');
	t.regex((await of({essential: ['a']})).messages, /cdn\.example/);
	t.regex((await of({allowHosts: ['cdn.example']})).messages, /the cookie a, which nobody declared/);
});

test('priv-no-preconsent-tracking: pages that the policy names are visited, too', async t => {
	const site: RequestListener = (request, response) =>
		page({}, request.url === '/shop' ? '<img src="https://pixel.example/">' : '<p>Hello')(request, response);
	const of = (params: object) =>
		ofSite('priv-no-preconsent-tracking', site, {paramsOf: () => params as never});

	t.is((await of({})).result, 'pass');
	t.regex((await of({entryPages: ['/shop']})).messages, /the page \/shop.*pixel\.example/);
});

test('a server that speaks HTTP/2 alone is judged by that', async t => {
	const server = createSecureServer({...certified, ALPNProtocols: ['h2']}, (_, response) => {
		response.setHeader('Content-Type', 'text/html');
		response.end('<p>Hello');
	});
	server.on('unknownProtocol', socket => socket.destroy());
	await using listener = await listening(server);

	const {result, messages} = await judged('hdr-nosniff', {endpoints: [at(listener.port, 'https')]});

	t.is(result, 'fail');
	t.regex(messages, /the root over HTTP\/2/);
});

test('priv-no-pii-in-url: names in the log are read, refused requests and values are not', async t => {
	const of = (...lines: string[]) =>
		judged('priv-no-pii-in-url', {
			endpoints: [],
			lines: async function* () {
				yield* lines;
			},
		});

	t.is((await of('"GET /?page=2 HTTP/1.1" 200 5')).result, 'pass');
	t.is((await of('"GET / HTTP/1.1" 200 5')).result, 'not-evaluated');
	t.is((await of('"GET /?email=x HTTP/1.1" 404 5', '"GET /?page=2 HTTP/1.1" 200 5')).result, 'pass');
	const {result, messages} = await of('{"path":"/?User[E-Mail]=jo@hush.test","status":200}');
	t.is(result, 'fail');
	t.notRegex(messages, /hush/);
	t.is((await ofSite('priv-no-pii-in-url', page({}, '<form><input name=email></form>'))).result, 'fail');
	t.is(
		(await ofSite('priv-no-pii-in-url', page({}, '<form method=post><input name=email></form>'))).result,
		'not-evaluated',
	);
});

test('priv-notice-served: a notice counts when it is there and people are led to it', async t => {
	const site =
		(link: string): RequestListener =>
		(request, response) => {
			const isThere = request.url === '/' || request.url === '/privacy';
			page({}, request.url === '/' ? link : '<p>We keep nothing.', isThere ? 200 : 404)(request, response);
		};
	const of = (link: string, params: object = {}) =>
		ofSite('priv-notice-served', site(link), {paramsOf: () => params as never});

	t.is((await of('<a href="/privacy">Privacy</a>')).result, 'pass');
	t.is((await of('<a href="/privacy-notice">Privacy</a>')).result, 'fail');
	t.is((await of('<p>Nothing')).result, 'not-evaluated');
	t.is((await of('<p>Nothing', {noticeUrl: '/privacy'})).result, 'fail');
	t.is((await of('<a href="https://corp.example/privacy">Privacy</a>')).result, 'not-evaluated');
});

const DAY = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString();
const contacts: readonly (readonly [
	what: string,
	text: string,
	result: 'pass' | 'fail',
	type?: string,
	status?: number,
])[] = [
	['as it should be', `Contact: mailto:security@app.test\r\nExpires: ${inDays(100)}\r\n`, 'pass'],
	[
		'signed',
		`-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nContact: tel:+1-201-555-0123\nExpires: ${inDays(100)}\n-----BEGIN PGP SIGNATURE-----\nContact: x\n`,
		'pass',
	],
	[
		'canonical',
		`Contact: mailto:a@app.test\nExpires: ${inDays(100)}\nCanonical: https://app.test/.well-known/security.txt`,
		'pass',
	],
	[
		'of somewhere else',
		`Contact: mailto:a@app.test\nExpires: ${inDays(100)}\nCanonical: https://other.test/.well-known/security.txt`,
		'fail',
	],
	['expired', `Contact: mailto:a@app.test\nExpires: ${inDays(-1)}`, 'fail'],
	['for ten years', `Contact: mailto:a@app.test\nExpires: ${inDays(3650)}`, 'fail'],
	['with two ends', `Contact: mailto:a@app.test\nExpires: ${inDays(1)}\nExpires: ${inDays(2)}`, 'fail'],
	['without a contact', `Expires: ${inDays(100)}`, 'fail'],
	['with a contact that is no address', `Contact: security@app.test\nExpires: ${inDays(100)}`, 'fail'],
	['with a contact in clear text', `Contact: http://app.test/report\nExpires: ${inDays(100)}`, 'fail'],
	['with an end in other words', 'Contact: mailto:a@app.test\nExpires: next summer', 'fail'],
	['as a page', `Contact: mailto:a@app.test\nExpires: ${inDays(100)}`, 'fail', 'text/html'],
	['that is not there', '', 'fail', 'text/plain', 404],
];
for (const [what, text, expected, type = 'text/plain; charset=utf-8', status = 200] of contacts) {
	test(`ext-security-contact: a security.txt ${what} is ${expected}`, async t => {
		t.is((await ofSite('ext-security-contact', page({'Content-Type': type}, text, status))).result, expected);
	});
}

test('ext-security-contact: one that lies elsewhere is not evaluated, because probes never leave the container', async t => {
	const site = page({location: 'https://corp.example/.well-known/security.txt'}, '', 302);

	t.is((await ofSite('ext-security-contact', site)).result, 'not-evaluated');
});
