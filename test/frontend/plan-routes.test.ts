import test from 'ava';
import type {Derivation} from '../../frontend/derive-plan.ts';
import {derive as deriveFrom} from '../helpers/derive.ts';
import {HASH, whole} from '../helpers/project-cases.ts';

const FILE = '.sallyport.yaml';
const exposed = 'FROM scratch\nEXPOSE 3000';

const derive = (project: string, dockerfile = exposed, proxy?: 'none'): Derivation =>
	deriveFrom(dockerfile, {project, proxy});

test('all that can be said of the proxy becomes a plan', t => {
	const {plan, problems} = derive(whole, 'FROM scratch\nENV PORT=3000\nEXPOSE 3000');

	t.deepEqual(problems, []);
	t.is(plan?.application?.instances, 'auto');
	t.is(plan?.application?.portVariable, 'PORT');
	t.deepEqual(plan?.listeners, {https: 9443, redirect: 9080, metrics: 9100});
	t.deepEqual(plan?.tls, {minVersion: 'TLSv1.3', http3: true});
	t.is(plan?.cacheBytes, 67_108_864);
	t.deepEqual(plan?.logs, {truncatesAddresses: true});
	t.deepEqual(plan?.timeouts, {clientSeconds: 10, connectSeconds: 2, upstreamSeconds: 300, drainSeconds: 5});
});

test('the most specific route comes first, and what nobody speaks of goes to the application', t => {
	const {plan} = derive(
		'routes: [{path: /a}, {path: /a/b/c}, {path: /b, match: exact}, {path: /a/b}, {path: /a, match: exact}]',
	);

	t.deepEqual(
		plan?.routes.map(({path, match}) => `${match} ${path}`),
		['exact /a', 'exact /b', 'prefix /a/b/c', 'prefix /a/b', 'prefix /a', 'prefix /'],
	);
	t.deepEqual(plan?.routes.at(-1)?.to, {kind: 'application', protocol: 'http'});
});

test('files need no application, and everything else is then refused', t => {
	const {plan, notes} = derive('routes: [{path: /docs, to: {files: /srv/docs}}]', 'FROM scratch');

	t.is(plan?.application, undefined);
	t.deepEqual(plan?.routes.at(-1)?.to, {kind: 'refuse', status: 404});
	t.regex(notes.join(), /No application stands behind the proxy/);
});

test('a build without a proxy says what is then open', t => {
	const {plan, notes} = derive(`routes: [{path: /admin, ${closed}}, {path: /b}]`, exposed, 'none');

	t.is(plan, undefined);
	t.regex(notes.join(' '), /nobody asks who comes to \/admin, as \.sallyport\.yaml wants it/);
});

test('a route to an application that listens nowhere is told with its line', t => {
	const {plan, problems} = derive(
		'routes:\n  - {path: /docs, to: {files: /srv/docs}}\n  - {path: /api}\n',
		'FROM scratch',
	);

	t.is(plan, undefined);
	t.deepEqual(
		problems.map(({file, line}) => `${file}:${line}`),
		[`${FILE}:3`],
	);
	t.regex(problems[0]?.message ?? '', /nothing says where that listens/);
});

const closed = `access: {allow: [10.0.0.0/8], basic: {users: {ann: "${HASH}"}}}`;

test('what is closed stays closed below, until a route opens it', t => {
	const {plan} = derive(`routes:
  - {path: /, ${closed}}
  - {path: /limited, limits: {rate: 1}}
  - {path: /Limited/own, access: {allow: [10.1.0.0/16]}}
  - {path: /limited/own/denied, access: {deny: [10.1.2.0/24]}}
  - {path: /token, access: {jwt: {issuer: a, audience: b}}}
  - {path: /public, access: open}
  - {path: /public/below}
  - {path: /publication}
  - {path: /robots, match: exact}
`);
	const kinds = Object.fromEntries(
		plan?.routes.map(({path, access}) => [
			path,
			`${Object.keys(access).toSorted().join(' ')} ${access.addresses?.allow.join()}`,
		]) ?? [],
	);

	t.deepEqual(kinds, {
		'/': 'addresses basic 10.0.0.0/8',
		'/limited': 'addresses basic 10.0.0.0/8',
		'/Limited/own': 'addresses basic 10.1.0.0/16',
		// A token takes the place of the password: both would come in the same header.
		// Who only denies somebody lets in nobody else.
		'/limited/own/denied': 'addresses basic 10.1.0.0/16',
		'/token': 'addresses jwt 10.0.0.0/8',
		'/public': ' undefined',
		'/public/below': ' undefined',
		'/publication': 'addresses basic 10.0.0.0/8',
		'/robots': 'addresses basic 10.0.0.0/8',
	});
});

const problems: Readonly<Record<string, readonly [project: string, line: number, words: RegExp]>> = {
	'instances that are told no port': ['proxy:\n  instances: 4\n', 2, /need the environment variable/],
	'instances beyond the last port': [
		'facts: {port: 65530}\nproxy:\n  instances: {count: 8, variable: PORT}\n',
		3,
		/ports up to 65537, and 65535 is the last/,
	],
	'instances on a listener': [
		'proxy: {instances: {count: 4, variable: PORT}}\nlisteners:\n  redirect: 8080\n  https: 3003\n',
		4,
		/for TLS on 3003, where an instance of the application already listens/,
	],
	'metrics where TLS is spoken': [
		'listeners: {https: 9000, metrics: 9000}\n',
		1,
		/for metrics and for TLS on the same port 9000/,
	],
	'an upstream that is the proxy': [
		'routes: [{path: /a, to: {upstream: self}}]\nupstreams:\n  self: {servers: ["127.0.0.1:8443"]}\n',
		3,
		/which is this proxy/,
	],
	'a decision that is asked of the proxy by its own name': [
		'facts: {hosts: [api.example.com]}\nroutes: [{path: /a, access: {forward: {path: /b, upstream: self}}}]\nupstreams:\n  self: {servers: ["api.example.com:443"], tls: true}\n',
		4,
		/which is this proxy/,
	],
	'an upstream that is the application': [
		'routes: [{path: /a, to: {upstream: own}}]\nupstreams:\n  own: {servers: ["localhost:3000"]}\n',
		3,
		/write "to: application" instead/,
	],
	'a size of a cache that keeps nothing': ['proxy:\n  cache: {size: 10m}\n', 2, /no route keeps anything/],
	'what nginx refuses': [
		'upstreams: {auth: {servers: ["auth.internal:443"]}}\nroutes:\n  - path: /a\n    access: {jwt: {issuer: a, audience: b}, forward: {path: /b, upstream: auth}}\n',
		3,
		/A signed token and a subrequest on one route cannot be had from nginx/,
	],
	'what Traefik refuses': [
		'proxy: traefik\nroutes:\n  - {path: /a, cache: true}\n',
		3,
		/A cache cannot be had from traefik/,
	],
};

for (const [name, [project, line, words]] of Object.entries(problems)) {
	test(`${name}: no plan, and one sentence with the line of the project file`, t => {
		const {plan, problems: found} = derive(project);

		t.is(plan, undefined);
		t.deepEqual(
			found.map(problem => ({file: problem.file, line: problem.line})),
			[{file: FILE, line}],
		);
		t.regex(found[0]?.message ?? '', words);
	});
}

test('listeners that nobody named make room for all instances', t => {
	const {plan, notes} = derive(
		'proxy: {instances: {count: auto, variable: PORT}}',
		'FROM scratch\nEXPOSE 8420',
	);

	t.is(plan?.listeners.https, 9443);
	t.regex(notes.join(), /TLS on 9443 instead of 8443/);
});

test('an image that sets PORT to where it listens has told how an instance is told', t => {
	t.is(
		derive('proxy: {instances: 2}', 'FROM scratch\nENV PORT=3000\nEXPOSE 3000').plan?.application
			?.portVariable,
		'PORT',
	);
	t.is(derive('proxy: {instances: 2}', 'FROM scratch\nENV PORT=80\nEXPOSE 3000').plan, undefined);
	t.is(derive('proxy: {instances: 1}').plan?.application?.instances, 1);
});

test('a policy that is only reported leaves the enforced one in force', t => {
	const named = (project: string): readonly string[] =>
		(derive(project).plan?.headers ?? [])
			.filter(({name}) => /^content-security/i.test(name))
			.map(({name, value}) => `${name}: ${value}`);

	t.deepEqual(named('headers: {csp: {value: "default-src \'none\'", reportOnly: true}}'), [
		"Content-Security-Policy: frame-ancestors 'self'; base-uri 'self'; object-src 'none'",
		"Content-Security-Policy-Report-Only: default-src 'none'",
	]);
});

test('a header that replaces the application own is not made one that only fills in', t => {
	const {plan} = derive(
		'headers: {if-absent: {x-content-type-options: nosniff}}\nroutes: [{path: /a, headers: {if-absent: {X-Content-Type-Options: nosniff}}}]',
	);
	const own = plan?.headers.filter(({name}) => name.toLowerCase() === 'x-content-type-options');

	t.deepEqual(own, [{name: 'X-Content-Type-Options', value: 'nosniff', mode: 'override'}]);
	t.is(plan?.routes[0]?.headers[0]?.mode, 'override');
});
