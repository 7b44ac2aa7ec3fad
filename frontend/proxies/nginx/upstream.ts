import type {Plan, PlanApplication, PlanRoute} from '../plan.ts';
import {block, count, quoted} from './quote.ts';

/** How long a server-sent event stream or a gRPC call may be silent. Long, for silence is what they mostly are. */
const STREAM = '1h';

/** How what is behind the proxy is reached. For `http`. */
export function upstream(plan: Plan): readonly string[] {
	const {connectSeconds, upstreamSeconds} = plan.timeouts;
	const patience = `${count(upstreamSeconds)}s`;
	const shared = [
		`proxy_connect_timeout ${count(connectSeconds)}s;`,
		`proxy_send_timeout ${patience};`,
		`proxy_read_timeout ${patience};`,
		// Never `non_idempotent`: a POST that may have arrived is not sent twice. No `http_502` or `http_503` either: nginx
		// counts what it retries as a failure, and whoever knows a path that answers 503 could take every instance out.
		'proxy_next_upstream error timeout;',
		// A request that makes whoever reads it crash must not go from one instance to the next until none is left.
		'proxy_next_upstream_tries 2;',
		// A request that has waited a whole timeout must not wait for another: retries would multiply what is slow.
		`proxy_next_upstream_timeout ${patience};`,
		'proxy_buffer_size 8k;',
		// Or an answer could name files and locations inside the proxy.
		'proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Charset X-Accel-Expires;',
	];
	return [
		...pools(plan),
		'proxy_http_version 1.1;',
		...shared,
		...forGrpc(plan, shared),
		...(hasGrpc(plan) ? ['grpc_ignore_headers X-Accel-Redirect X-Accel-Charset;'] : []),
		'proxy_request_buffering on;',
		'proxy_buffers 16 8k;',
		'proxy_busy_buffers_size 16k;',
		// The only writable place is memory, which a slow reader of a large answer must not be able to fill.
		'proxy_max_temp_file_size 0;',
		'proxy_redirect off;',
		'proxy_cache off;',
		'proxy_intercept_errors off;',
	];
}

/** Lines that say `proxy_…`, said again for gRPC, which inherits none of them. Nothing where no route speaks gRPC. */
export function forGrpc(plan: Plan, lines: readonly string[]): readonly string[] {
	return hasGrpc(plan)
		? lines
				.filter(line => /^proxy_(?!cache|pass |ignore_headers)/.test(line))
				.map(line => line.replace(/^proxy_/, 'grpc_'))
		: [];
}

export function hasGrpc({routes}: Plan): boolean {
	return routes.some(({to}) => 'protocol' in to && to.protocol === 'grpc');
}

/** The directives of a location that hands its requests on, the last word on their headers included. */
export function passTo(route: PlanRoute, plan: Plan, requestHeaders: readonly string[]): readonly string[] {
	const {to} = route;
	if (to.kind !== 'application' && to.kind !== 'upstream') {
		throw new TypeError(`The route ${route.path} is not handed on to anybody`);
	}

	const name = to.kind === 'application' ? undefined : to.name;
	const headers = hostsOwn(plan, name, requestHeaders);
	if (to.protocol === 'grpc') {
		return grpc(plan, name, headers);
	}

	return [
		...headers,
		...tlsTo(plan, name),
		...(to.protocol === 'stream'
			? ['proxy_buffering off;', `proxy_read_timeout ${STREAM};`, `proxy_send_timeout ${STREAM};`]
			: []),
		`proxy_pass ${poolOf(plan, name)};`,
	];
}

/** Where `proxy_pass` goes: the application, or the upstream of this name. */
export function poolOf({upstreams}: Plan, name?: string): string {
	const found = upstreams.find(upstreamOf => upstreamOf.name === name);
	return `${found?.tls === undefined ? 'http' : 'https'}://${poolName(name)}`;
}

/** The lines beside it: whom to trust there, and for which name. */
export function tlsTo({upstreams}: Plan, name?: string): readonly string[] {
	const tls = upstreams.find(one => one.name === name)?.tls;
	return tls === undefined
		? []
		: [
				'proxy_ssl_verify on;',
				'proxy_ssl_verify_depth 4;',
				// The supervisor links the mounted `/etc/sallyport/tls/NAME.ca.crt` there.
				`proxy_ssl_trusted_certificate /run/sallyport/tls/${poolName(name)}.ca.crt;`,
				`proxy_ssl_name ${quoted(tls.serverName)};`,
				'proxy_ssl_server_name on;',
				'proxy_ssl_protocols TLSv1.2 TLSv1.3;',
			];
}

function grpc(plan: Plan, name: string | undefined, headers: readonly string[]): readonly string[] {
	const scheme = poolOf(plan, name).startsWith('https') ? 'grpcs' : 'grpc';
	return [
		...[...headers, ...tlsTo(plan, name)]
			// HTTP/2 has neither.
			.filter(line => !/^proxy_set_header (?:Connection|Upgrade) /.test(line))
			.map(line => line.replace(/^proxy_/, 'grpc_')),
		// Calls are long, and so is the silence between the messages that a client streams.
		`grpc_read_timeout ${STREAM};`,
		`grpc_send_timeout ${STREAM};`,
		`client_body_timeout ${STREAM};`,
		`grpc_pass ${scheme}://${poolName(name)}_grpc;`,
	];
}

/** Behind TLS the name that was verified is the one that is asked for; anything else is 421 to a careful server. */
function hostsOwn(plan: Plan, name: string | undefined, headers: readonly string[]): readonly string[] {
	const tls = plan.upstreams.find(one => one.name === name)?.tls;
	return tls === undefined
		? headers
		: headers.map(line =>
				line.startsWith('proxy_set_header Host ') ? `proxy_set_header Host ${quoted(tls.serverName)};` : line,
			);
}

function pools(plan: Plan): readonly string[] {
	const {application, upstreams} = plan;
	return [
		...(application === undefined ? [] : pool(plan, undefined, serversOf(application))),
		...upstreams.flatMap(({name}) =>
			pool(plan, name, [`include /run/sallyport/proxy/upstreams/${poolName(name)}.conf;`]),
		),
	];
}

/** A kept connection speaks the protocol it was opened with, so each protocol has a pool of its own. */
function pool(plan: Plan, name: string | undefined, servers: readonly string[]): readonly string[] {
	const grpcToo = plan.routes.some(
		({to}) => 'protocol' in to && to.protocol === 'grpc' && ('name' in to ? to.name : undefined) === name,
	);
	return [poolName(name), ...(grpcToo ? [`${poolName(name)}_grpc`] : [])].flatMap(called =>
		block(`upstream ${called}`, [
			// Shared by the workers: what one of them finds broken the others need not try.
			`zone ${called} 128k;`,
			'least_conn;',
			...servers,
			'keepalive 32;',
			'keepalive_requests 1000;',
			// Must end before the other side's own (gunicorn's 2 s is the shortest in use), or a POST may meet a closing one.
			'keepalive_timeout 1s;',
		]),
	);
}

function serversOf({port, instances}: PlanApplication): readonly string[] {
	return instances === 1
		? // The address, for an empty image has no /etc/hosts in which `localhost` could be looked up.
			[`server 127.0.0.1:${count(port)} max_fails=0;`]
		: ['include /run/sallyport/proxy/upstreams/application.conf;'];
}

/** @throws {TypeError} for a name that is not a word: it becomes a part of paths and addresses. */
function poolName(name: string | undefined): string {
	if (name !== undefined && !/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
		throw new TypeError(`This is no name of an upstream: ${JSON.stringify(name)}`);
	}

	return name ?? 'application';
}
