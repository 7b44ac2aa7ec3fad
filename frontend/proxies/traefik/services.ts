import type {HealthCheck, Plan, PlanApplication, PlanUpstream, RouteTarget} from '../plan.ts';
import {whereMounted} from './tls.ts';
import {type Value, verbatim} from './yaml.ts';

type Protocol = 'http' | 'stream' | 'grpc';

/** The name of the service that answers for a target. */
export function serviceOf(to: RouteTarget): string {
	switch (to.kind) {
		case 'application':
			return `application-${to.protocol}`;
		case 'upstream':
			return `upstream-${to.name}-${to.protocol}`;
		default:
			// The layer answers itself.
			return 'noop@internal';
	}
}

/** Whether a request may be tried with another server when one doesn't answer. */
export function hasOthers(plan: Plan, to: RouteTarget): boolean {
	return to.kind === 'application'
		? plan.application?.instances !== 1
		: to.kind === 'upstream' && (upstreamOf(plan, to.name)?.servers.length ?? 0) > 1;
}

export function services(plan: Plan): Readonly<Record<string, Value>> {
	return Object.fromEntries(
		plan.routes.flatMap(({to}) => {
			const value = loadBalancer(plan, to);
			return value === undefined ? [] : [[serviceOf(to), {loadBalancer: value}] as const];
		}),
	);
}

/** How long a server may be silent, for each protocol, and whom it must prove to be. */
export function serversTransports(plan: Plan): Readonly<Record<string, Value>> {
	return Object.fromEntries(
		plan.routes.flatMap(({to}) => {
			if (to.kind !== 'application' && to.kind !== 'upstream') {
				return [];
			}

			const tls = to.kind === 'upstream' ? upstreamOf(plan, to.name)?.tls : undefined;
			const {connectSeconds, upstreamSeconds} = plan.timeouts;
			const transport = {
				...(tls === undefined
					? {}
					: {
							serverName: tls.serverName,
							rootCAs: whereMounted(`["/etc/sallyport/tls/${serviceUpstream(to)}.ca.crt"]`, '[]'),
						}),
				maxIdleConnsPerHost: 32,
				// WebSockets need HTTP/1.1, and one connection for all of a client's requests gains nothing on loopback.
				disableHTTP2: to.protocol !== 'grpc',
				forwardingTimeouts: {
					dialTimeout: `${connectSeconds}s`,
					// Until the answer begins. What streams may take as long as it likes.
					responseHeaderTimeout: to.protocol === 'http' ? `${upstreamSeconds}s` : '0s',
					// Must end before the application's own (gunicorn's 2 s is the shortest in use), or a POST may meet a closing one.
					idleConnTimeout: '1s',
				},
			};
			return [[serviceOf(to), transport] as const];
		}),
	);
}

/** Where a subrequest is asked: in this order, the next one where one does not answer. */
export function addressesOf(plan: Plan, upstream: string | undefined): readonly string[] {
	const {application} = plan;
	if (upstream === undefined) {
		const count = application?.instances === 'auto' ? 1 : (application?.instances ?? 0);
		return Array.from({length: count}, (_, index) => `http://127.0.0.1:${(application?.port ?? 0) + index}`);
	}

	const found = upstreamOf(plan, upstream);
	const scheme = found?.tls === undefined ? 'http' : 'https';
	return (found?.servers ?? []).map(({host, port}) => `${scheme}://${hostText(host)}:${port}`);
}

export function upstreamOf({upstreams}: Plan, name: string): PlanUpstream | undefined {
	return upstreams.find(upstream => upstream.name === name);
}

function serviceUpstream(to: RouteTarget): string {
	return to.kind === 'upstream' ? to.name : '';
}

function loadBalancer(plan: Plan, to: RouteTarget): Value | undefined {
	if (to.kind === 'application' && plan.application !== undefined) {
		const {application} = plan;
		return balanced(
			to.protocol,
			serviceOf(to),
			application,
			ownServers(application, to.protocol),
			hasOthers(plan, to),
		);
	}

	const upstream = to.kind === 'upstream' ? upstreamOf(plan, to.name) : undefined;
	if (upstream === undefined || to.kind !== 'upstream') {
		return undefined;
	}

	const scheme = schemeOf(to.protocol, upstream.tls !== undefined);
	const servers = upstream.servers.map(({host, port}) => ({url: `${scheme}://${hostText(host)}:${port}`}));
	return balanced(to.protocol, serviceOf(to), upstream, servers, hasOthers(plan, to));
}

function balanced(
	protocol: Protocol,
	transport: string,
	{healthPath, health}: {readonly healthPath?: string; readonly health: HealthCheck},
	servers: Value,
	hasMore: boolean,
): Value {
	return {
		// In turn. By the fewest requests under way, one that refuses them all would get them all.
		strategy: 'wrr',
		passHostHeader: true,
		serversTransport: transport,
		servers,
		// -1: every byte at once.
		responseForwarding: {flushInterval: protocol === 'http' ? '100ms' : '-1ms'},
		healthCheck: healthPath === undefined ? undefined : activeCheck(protocol, healthPath, health),
		// Of a single server it would take away all there is.
		passiveHealthCheck: hasMore
			? {failureWindow: `${health.intervalSeconds}s`, maxFailedAttempts: health.failures}
			: undefined,
	};
}

function activeCheck(
	protocol: Protocol,
	path: string,
	{intervalSeconds, timeoutSeconds}: HealthCheck,
): Value {
	return {
		path,
		// The health page is asked by plain HTTP also where its neighbours speak gRPC.
		scheme: protocol === 'grpc' ? 'http' : undefined,
		interval: `${intervalSeconds}s`,
		unhealthyInterval: '1s',
		timeout: `${timeoutSeconds}s`,
		// A redirect counts: applications that insist on HTTPS answer their health check with one.
		followRedirects: false,
		headers: {'X-Forwarded-Proto': 'https', 'User-Agent': 'sallyport-health'},
	};
}

/** The address, for an empty image has no /etc/hosts in which `localhost` could be looked up. */
function ownServers({port, instances}: PlanApplication, protocol: Protocol): Value {
	const scheme = schemeOf(protocol, false);
	if (instances !== 'auto') {
		return Array.from({length: instances}, (_, index) => ({url: `${scheme}://127.0.0.1:${port + index}`}));
	}

	// The supervisor knows only when it starts how many there are.
	return verbatim(
		`[{{ range $i := until (int (default "1" (env "SALLYPORT_INSTANCES"))) }}{url: "${scheme}://127.0.0.1:{{ add ${port} $i }}"}, {{ end }}]`,
	);
}

function schemeOf(protocol: Protocol, isSecure: boolean): string {
	if (isSecure) {
		return 'https';
	}

	return protocol === 'grpc' ? 'h2c' : 'http';
}

function hostText(host: string): string {
	return host.includes(':') ? `[${host}]` : host;
}
