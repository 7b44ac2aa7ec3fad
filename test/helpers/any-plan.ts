import fc from 'fast-check';
import type {
	Access,
	Plan,
	PlanHeader,
	PlanRoute,
	PlanUpstream,
	RouteTarget,
} from '../../frontend/proxies/plan.ts';
import {plan} from './plan.ts';
import {HASH} from './project-cases.ts';

// Everything a validated plan may hold, and rather the nasty corners of it than the likely middle.

const path = fc
	.string({unit: fc.constantFrom(...range(0x21, 0x7e)), maxLength: 60})
	.map(rest => `/${rest.replaceAll('/', '')}`);

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?$/);
const host = fc
	.tuple(fc.boolean(), fc.array(label, {minLength: 1, maxLength: 4}))
	.map(([wild, labels]) => `${wild ? '*.' : ''}${labels.join('.')}`);
/** As long as a name may be. */
const LONGEST = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`;
const hosts = fc.uniqueArray(
	fc.oneof(host, fc.constantFrom('default', 'include', 'volatile', 'hostnames', LONGEST)),
	{
		maxLength: 6,
	},
);

const header = fc.record<PlanHeader>({
	name: fc.stringMatching(/^[A-Za-z](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/),
	value: fc.string({unit: fc.constantFrom(...range(0x20, 0x7e)), maxLength: 120}),
	mode: fc.constantFrom('override', 'if-absent', 'append'),
});
const headers = (maxLength: number): fc.Arbitrary<PlanHeader[]> =>
	fc.uniqueArray(header, {maxLength, selector: ({name}) => name.toLowerCase()});

const port = fc.integer({min: 1024, max: 65_000});
const seconds = fc.integer({min: 1, max: 3600});
const network = fc.constantFrom('10.0.0.0/8', '192.0.2.1/32', '2001:db8::/32', '::1/128');

const health = fc.record({
	intervalSeconds: fc.integer({min: 1, max: 300}),
	timeoutSeconds: fc.integer({min: 1, max: 60}),
	failures: fc.integer({min: 1, max: 10}),
	passes: fc.integer({min: 1, max: 10}),
});
const upstream = (name: string): fc.Arbitrary<PlanUpstream> =>
	fc
		.record({
			servers: fc.uniqueArray(
				fc.record({host: fc.constantFrom('a.internal', '192.0.2.1', '2001:db8::1'), port}),
				{
					minLength: 1,
					maxLength: 3,
					selector: each => `${each.host} ${each.port}`,
				},
			),
			tls: fc.option(fc.constant({serverName: 'a.internal'}), {nil: undefined}),
			healthPath: fc.option(path, {nil: undefined}),
			health,
		})
		.map(({tls, healthPath, ...rest}) => ({
			name,
			line: 1,
			...rest,
			...(tls === undefined ? {} : {tls}),
			...(healthPath === undefined ? {} : {healthPath}),
		}));

const protocol = fc.constantFrom('http' as const, 'stream' as const, 'grpc' as const);
const target = fc.oneof<fc.Arbitrary<RouteTarget>[]>(
	fc.record({kind: fc.constant('application' as const), protocol}),
	fc.record({kind: fc.constant('upstream' as const), name: fc.constantFrom('one', 'two-2'), protocol}),
	fc.constantFrom<RouteTarget>(
		{kind: 'files', folder: '/srv/www', maxAgeSeconds: 0},
		{kind: 'files', folder: '/app/@x+y/.dot', fallback: 'a/index.html', maxAgeSeconds: 31_536_000},
	),
	fc.record({
		kind: fc.constant('refuse' as const),
		status: fc.constantFrom(403 as const, 404 as const, 410 as const),
	}),
);
const accesses: readonly Access[] = [
	{addresses: {allow: ['10.0.0.0/8', '::1/128'], deny: ['10.9.0.0/16']}},
	{addresses: {allow: [], deny: ['2001:db8::/32']}},
	{basic: {realm: 'Staff only', users: [{name: 'a.b@c', hash: HASH}]}},
	{forward: {path: '/verify?x=1', headers: ['X-User', 'Remote-Groups']}},
	{forward: {path: '/verify', upstream: 'one', headers: []}, certificate: 'required'},
	{jwt: {issuer: 'https://a.example/', audience: 'api', keys: '/etc/sallyport/jwks.json', leewaySeconds: 30}},
	{certificate: 'required', addresses: {allow: ['192.0.2.0/24'], deny: []}},
];
const routePath = fc.stringMatching(/^(?:\/[A-Za-z0-9._~@:+,=!-]{1,12}){1,3}$/);
const route = fc
	.record({
		path: routePath,
		match: fc.constantFrom('exact' as const, 'prefix' as const),
		to: target,
		access: fc.oneof(
			{weight: 2, arbitrary: fc.constant({})},
			{weight: 1, arbitrary: fc.constantFrom(...accesses)},
		),
		limits: fc.constantFrom<PlanRoute['limits']>({}, {bodyBytes: 1}, {requestsPerSecond: 3, burst: 1}),
		ignoredCookies: fc.constantFrom(undefined, [], ['_ga', '!#$%&*+.^`|~-']),
		headers: headers(3),
		line: fc.integer({min: 1, max: 900}),
	})
	.map(({ignoredCookies, ...rest}): PlanRoute => {
		const {to, access} = rest;
		const isKept =
			'protocol' in to && to.protocol === 'http' && Object.keys(access).every(kind => kind === 'addresses');
		return ignoredCookies !== undefined && isKept ? {...rest, cache: {ignoredCookies}} : rest;
	});
const routes = fc
	.uniqueArray(route, {maxLength: 5, selector: ({path: each, match}) => `${match} ${each.toLowerCase()}`})
	.map(found => [...found, ...plan.routes].toSorted(bySpecificity));

function bySpecificity(a: PlanRoute, b: PlanRoute): number {
	return Number(a.match === 'prefix') - Number(b.match === 'prefix') || b.path.length - a.path.length;
}

export const anyPlan: fc.Arbitrary<Plan> = fc
	.record({
		ports: fc.uniqueArray(port, {minLength: 4, maxLength: 4}),
		application: fc.option(path, {nil: undefined}),
		health,
		instances: fc.constantFrom<(number | 'auto')[]>(1, 4, 'auto'),
		hasMetrics: fc.boolean(),
		hosts,
		tls: fc.record({
			minVersion: fc.constantFrom('TLSv1.2' as const, 'TLSv1.3' as const),
			http3: fc.boolean(),
		}),
		trustedProxies: fc.uniqueArray(network, {maxLength: 3}),
		headers: headers(8),
		routes,
		upstreams: fc.tuple(upstream('one'), upstream('two-2')),
		limits: fc.record({
			bodyBytes: fc.integer({min: 0, max: 2 ** 40}),
			requestsPerSecond: fc.integer({min: 1, max: 100_000}),
			burst: fc.integer({min: 0, max: 100_000}),
			connections: fc.integer({min: 1, max: 65_535}),
		}),
		timeouts: fc.record({
			clientSeconds: seconds,
			connectSeconds: fc.integer({min: 1, max: 75}),
			upstreamSeconds: seconds,
			drainSeconds: fc.integer({min: 0, max: 3600}),
		}),
		logs: fc.record({truncatesAddresses: fc.boolean()}),
		pages: fc.constantFrom<Plan['pages'][]>(
			{errors: []},
			{errors: [{status: 404, file: '/srv/404.html'}], robots: 'User-agent: *\nDisallow: "$x {\\\n'},
			{
				errors: [],
				securityTxt: "Contact: mailto:a@b.example\n#'\n",
				maintenance: '/run/maintenance/page.html',
			},
		),
		healthPath: fc.oneof(path, fc.constantFrom('/', '/.sallyport/error', '/healthz')),
	})
	.map(({ports, application, health: own, instances, hasMetrics, ...rest}) => {
		const [https = 8443, redirect = 8080, metrics = 9100, first = 3000] = ports;
		return {
			...plan,
			...rest,
			cacheBytes: rest.routes.some(({cache}) => cache !== undefined) ? 1024 ** 2 : 0,
			application: {
				port: first,
				health: own,
				instances,
				...(instances === 1 ? {} : {portVariable: 'PORT'}),
				...(application === undefined ? {} : {healthPath: application}),
			},
			listeners: {https, redirect, ...(hasMetrics ? {metrics} : {})},
		};
	});

function range(first: number, last: number): readonly string[] {
	return Array.from({length: last - first + 1}, (_, index) => String.fromCharCode(first + index));
}
