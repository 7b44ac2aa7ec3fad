import type {Plan, PlanRoute} from '../../frontend/proxies/plan.ts';

/** A plan like those the frontend makes, to be varied. */
export const plan: Plan = {
	application: {
		port: 3000,
		healthPath: '/health',
		health: {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1},
		instances: 1,
	},
	upstreams: [],
	routes: [route('/')],
	listeners: {https: 8443, redirect: 8080},
	hosts: [],
	trustedProxies: [],
	tls: {minVersion: 'TLSv1.2', http3: false},
	headers: [
		{name: 'Strict-Transport-Security', value: 'max-age=63072000; includeSubDomains', mode: 'override'},
		{name: 'Content-Security-Policy', value: "default-src 'self'; object-src 'none'", mode: 'if-absent'},
		{name: 'X-Content-Type-Options', value: 'nosniff', mode: 'override'},
		{name: 'X-Frame-Options', value: 'DENY', mode: 'if-absent'},
		{name: 'Referrer-Policy', value: 'no-referrer', mode: 'if-absent'},
	],
	limits: {bodyBytes: 65_536, requestsPerSecond: 500, burst: 500, connections: 100},
	timeouts: {clientSeconds: 5, connectSeconds: 2, upstreamSeconds: 10, drainSeconds: 5},
	cacheBytes: 0,
	logs: {truncatesAddresses: false},
	pages: {errors: []},
	healthPath: '/healthz',
};

/** All below a path, to the application, open to everyone; or different from that. */
export function route(path: string, different: Partial<PlanRoute> = {}): PlanRoute {
	return {
		path,
		match: 'prefix',
		to: {kind: 'application', protocol: 'http'},
		access: {},
		limits: {},
		headers: [],
		...different,
	};
}
