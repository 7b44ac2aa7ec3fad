import test from 'ava';
import fc from 'fast-check';
import {engines} from '../../frontend/proxies/engine.ts';
import {type Feature, type FeatureId, features, refusals} from '../../frontend/proxies/features.ts';
import {proxies} from '../../frontend/proxies/index.ts';
import type {Plan, PlanRoute} from '../../frontend/proxies/plan.ts';
import {anyPlan} from '../helpers/any-plan.ts';
import {plan} from '../helpers/plan.ts';
import {HASH} from '../helpers/project-cases.ts';

const all: readonly (readonly [string, Feature])[] = Object.entries(features);

function withRoute(route: Partial<PlanRoute>): Plan {
	const [everything] = plan.routes;
	return everything === undefined
		? plan
		: {...plan, routes: [{...everything, path: '/a', line: 7, ...route}, everything]};
}

const upstream = {
	name: 'billing',
	servers: [{host: 'billing.internal', port: 443}],
	tls: {serverName: 'billing.internal'},
	health: {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1},
	line: 9,
};
const {application} = plan;
const header = {name: 'X-A', value: 'b'} as const;

/** A plan for each feature that a plain one does without, and the place that has to be told. */
const using: Readonly<Partial<Record<FeatureId, readonly [plan: Plan, place: number | string]>>> = {
	'tls-modern': [{...plan, tls: {minVersion: 'TLSv1.3', http3: false}}, 'proxy.tls'],
	http3: [{...plan, tls: {minVersion: 'TLSv1.2', http3: true}}, 'proxy.tls.http3'],
	'known-hosts': [{...plan, hosts: ['a.example']}, 'facts.hosts'],
	'trusted-proxies': [{...plan, trustedProxies: ['10.0.0.0/8']}, 'proxy.trustedProxies'],
	'exact-route': [withRoute({match: 'exact'}), 7],
	'prefix-route': [withRoute({}), 7],
	'event-stream': [withRoute({to: {kind: 'application', protocol: 'stream'}}), 7],
	grpc: [withRoute({to: {kind: 'upstream', name: 'billing', protocol: 'grpc'}}), 7],
	files: [withRoute({to: {kind: 'files', folder: '/srv', maxAgeSeconds: 0}}), 7],
	'refused-path': [withRoute({to: {kind: 'refuse', status: 404}}), 7],
	upstreams: [{...plan, upstreams: [upstream]}, 9],
	'upstream-tls': [{...plan, upstreams: [upstream]}, 9],
	'active-checks': [{...plan, upstreams: [upstream]}, 9],
	instances: [
		application === undefined ? plan : {...plan, application: {...application, instances: 'auto'}},
		'proxy.instances',
	],
	'address-lists': [withRoute({access: {addresses: {allow: ['10.0.0.0/8'], deny: []}}}), 7],
	'address-denials': [withRoute({access: {addresses: {allow: [], deny: ['10.0.0.0/8']}}}), 7],
	'basic-access': [withRoute({access: {basic: {realm: 'a', users: [{name: 'a', hash: HASH}]}}}), 7],
	'forward-access': [withRoute({access: {forward: {path: '/v', headers: []}}}), 7],
	'jwt-access': [withRoute({access: {jwt: {issuer: 'a', audience: 'b', keys: '/c', leewaySeconds: 0}}}), 7],
	'forward-and-jwt': [
		withRoute({
			access: {
				forward: {path: '/v', headers: []},
				jwt: {issuer: 'a', audience: 'b', keys: '/c', leewaySeconds: 0},
			},
		}),
		7,
	],
	'certificate-access': [withRoute({access: {certificate: 'required'}}), 7],
	'route-limits': [withRoute({limits: {bodyBytes: 5}}), 7],
	'header-append': [{...plan, headers: [{...header, mode: 'append'}]}, 'headers.append'],
	cache: [withRoute({cache: {ignoredCookies: []}}), 7],
	'truncated-addresses': [{...plan, logs: {truncatesAddresses: true}}, 'proxy.logs.addresses'],
	metrics: [{...plan, listeners: {...plan.listeners, metrics: 9100}}, 'listeners.metrics'],
	'well-known-pages': [{...plan, pages: {errors: [], robots: 'a'}}, 'pages'],
	'error-pages': [{...plan, pages: {errors: [{status: 404, file: '/a'}]}}, 'pages.errors'],
	maintenance: [{...plan, pages: {errors: [], maintenance: '/a'}}, 'pages.maintenance'],
};

for (const [id, {uses}] of all) {
	test(`${id}: a plan that needs it says where, and a plan that does not says nothing`, t => {
		const [needing, place] = using[id as FeatureId] ?? []; // The table's own keys.
		if (needing === undefined) {
			t.true(uses(plan).length > 0, 'a plain plan needs it, or the table above lacks it');
			return;
		}

		t.is(uses(plan).length, 0);
		const [found] = uses(needing);
		t.is(found?.line ?? found?.key, place);
	});
}

test('what an engine refuses stops a plan once, with its place; what it does never does', t => {
	for (const [id, {support}] of all) {
		for (const engine of engines) {
			const [needing = plan, place] = using[id as FeatureId] ?? [];
			const own = support[engine];
			const isRefused = typeof own === 'object' && 'refused' in own;
			const found = refusals(engine, needing).filter(each => each.id === id);

			t.deepEqual(
				found.map(({place: {line, key}}) => line ?? key),
				isRefused ? [place] : [],
				`${id} on ${engine}`,
			);
		}
	}
});

for (const engine of engines) {
	test(`${engine} renders every plan of which it refuses nothing`, t => {
		let rendered = 0;
		fc.assert(
			fc.property(anyPlan, of => {
				// What no reader lets through is no engine's to bear.
				const sound = {...of, limits: {...of.limits, bodyBytes: Math.max(of.limits.bodyBytes, 1)}};
				if (refusals(engine, sound).length === 0) {
					rendered += 1;
					t.true(proxies[engine].render(sound).length > 0);
				}
			}),
			{numRuns: 150},
		);
		t.true(rendered > 15, `${rendered} of 150`);
	});
}
