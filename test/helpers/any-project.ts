import fc from 'fast-check';
import {stringify} from 'yaml';
import {HASH} from './project-cases.ts';

// Project files that are mostly right: every part is now and then strange, so that plans as well as refusals come of them.

/** The good ones, and once in a while one of the others. */
function mostly<T, U>(good: fc.Arbitrary<T>, ...strange: readonly U[]): fc.Arbitrary<T | U> {
	return fc.oneof({weight: 40, arbitrary: good}, {weight: 1, arbitrary: fc.constantFrom(...strange)});
}

function said<T>(values: fc.Arbitrary<T>, freq = 3): fc.Arbitrary<T | undefined> {
	// Of `freq` times once it is not said.
	return fc.option(values, {nil: undefined, freq});
}

function seldom<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
	return fc.oneof({weight: 4, arbitrary: fc.constant(undefined)}, {weight: 1, arbitrary: values});
}

const segment = fc.constantFrom('a', 'A', 'b', 'c', 'admin', 'x.y', '~', '@', '-', '+', '=', 'a'.repeat(60));
const path = mostly(
	fc.array(segment, {minLength: 1, maxLength: 4}).map(parts => `/${parts.join('/')}`),
	...['/', '/a/', '//', '/a b', '/%61', '/a;b', '~ ^/a', '/.sallyport/x', '', '/a\nb', '/ä'],
);
const network = mostly(
	fc.constantFrom('10.0.0.0/8', '192.0.2.0/24', '2001:db8::/32', '::1', '10.0.0.1'),
	...['0.0.0.0/0', '10.1.1.1/8', 'all'],
);
const networks = fc.uniqueArray(network, {minLength: 1, maxLength: 2});
const name = fc.constantFrom('auth', 'billing');
const value = mostly(
	fc.oneof(
		fc.string({unit: 'grapheme-ascii', minLength: 1, maxLength: 20}).map(text => text.trim() || 'x'),
		fc.constantFrom('a$b', '"; }', "'", '\\', '${x}', '{', '}', '$host', 'a;b', '{{ env "X" }}', '`'),
	),
	...['', 'a\nb', 'ä', '\0'],
);
const headers = fc.dictionary(
	mostly(fc.constantFrom('X-A', 'x-b', 'Link'), 'Referrer-Policy', 'X Y'),
	value,
	{
		maxKeys: 2,
	},
);

const access = fc.oneof(
	fc.constant('open'),
	fc.record({allow: networks}),
	fc.record({deny: networks}),
	fc.record({
		basic: fc.record({users: mostly(fc.constantFrom({ann: HASH}, {ann: HASH, 'b.c': HASH}), {ann: 'x'})}),
	}),
	fc.record({
		forward: fc.record({
			path: mostly(fc.constantFrom('/verify', '/v?a=b&c=%20'), 'x', '/v?a="b', "/v'{}"),
			upstream: seldom(name),
			headers: seldom(fc.constant(['X-User'])),
		}),
	}),
	fc.record({
		jwt: fc.record({issuer: mostly(fc.constant('https://a.example/'), 'a b'), audience: fc.constant('api')}),
	}),
	fc.record({certificate: fc.constant('required')}),
);
const plain = {
	path,
	match: seldom(fc.constantFrom('prefix', 'exact')),
	access: seldom(access),
	limits: seldom(
		fc.record({body: said(mostly(fc.constantFrom('1m', 5), '0')), rate: said(fc.integer({min: 1, max: 50}))}),
	),
	headers: seldom(fc.record({override: said(headers), csp: said(value)})),
};
const route = fc.oneof(
	fc.record({...plain, cache: seldom(fc.constantFrom(true, false, {ignoreCookies: ['_ga']}))}),
	fc.record({...plain, protocol: fc.constantFrom('http', 'stream', 'grpc')}),
	fc.record({...plain, to: fc.record({upstream: name})}),
	fc.record({
		...plain,
		to: fc.record({
			files: mostly(fc.constant('/srv/www'), '/etc'),
			fallback: said(mostly(fc.constant('index.html'), '../x')),
		}),
	}),
	fc.record({...plain, to: fc.record({refuse: mostly(fc.constantFrom(403, 404, 410), 500)})}),
);
const upstream = fc.record({
	servers: mostly(
		fc.constantFrom(['a.example:443'], ['a.example:443', 'a.example:444']),
		['192.0.2.1:80', '[2001:db8::1]:80'],
		['127.0.0.1:8443'],
		['x'],
	),
	tls: said(fc.constantFrom(true, 'a.example')),
	health: said(mostly(fc.constantFrom('/up', {path: '/up', interval: 5}), 'x')),
});

/** Text of a project file. */
export const anyProject: fc.Arbitrary<string> = fc
	.record({
		facts: said(fc.record({hosts: said(fc.constantFrom(['a.example.com'], ['b.example', 'c']))})),
		proxy: said(
			mostly(
				fc.record({
					engine: said(fc.constantFrom('nginx', 'traefik')),
					instances: said(mostly(fc.constantFrom('auto', 2), 64)),
					trustedProxies: said(networks),
					tls: said(
						fc.record({profile: said(fc.constantFrom('modern', 'intermediate')), http3: said(fc.boolean())}),
					),
					logs: said(fc.record({addresses: fc.constantFrom('full', 'truncated')})),
				}),
				...['nginx', 'none', 'apache'],
			),
		),
		listeners: said(fc.record({metrics: said(mostly(fc.constant(9100), 3000, 8443))})),
		headers: said(
			fc.record({override: said(headers), 'if-absent': seldom(fc.constant({'X-C': 'd'})), csp: said(value)}),
		),
		routes: fc.uniqueArray(route, {maxLength: 5, selector: each => each.path.toLowerCase()}),
		upstreams: fc.record({auth: upstream, billing: upstream}),
		pages: said(
			fc.record({
				robots: said(value),
				errors: said(mostly(fc.constant({404: '/srv/404.html'}), {200: '/x'})),
			}),
		),
	})
	.map(document => {
		// Who is asked for nothing would be a mistake of its own.
		const routes = JSON.stringify(document.routes);
		const asked = Object.entries(document.upstreams).filter(([each]) =>
			routes.includes(`"upstream":"${each}"`),
		);
		return stringify({...document, upstreams: Object.fromEntries(asked)});
	});
