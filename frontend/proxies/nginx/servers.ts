import type {Plan} from '../plan.ts';
import {cacheHeaders, purgeLocation} from './cache.ts';
import {canaryAnswers, canaryLocations} from './canary.ts';
import {answerHeaders} from './headers.ts';
import {jwtHeaders} from './jwt.ts';
import {errorPages, pageHeaders, pageLocations} from './pages.ts';
import {clearPath} from './paths.ts';
import {block, count, hostKey, quoted} from './quote.ts';
import {METHOD} from './request.ts';
import {routeLocations} from './routes.ts';

/** Variables that say which host is meant, if any. For `http`. */
export function hostMaps({hosts, listeners: {https, redirect}}: Plan): readonly string[] {
	const known =
		hosts.length > 0
			? ['hostnames;', ...hosts.map(host => `${hostKey(host)} $host;`)]
			: // Any name, but nothing that isn't one: it ends in a Location header and in the application's links.
				['"~^[a-z0-9](?:[a-z0-9_.-]{0,251}[a-z0-9])?$" $host;', String.raw`"~^\[[0-9a-f:.]{2,45}\]$" $host;`];
	return [
		...block('map $host $known_host', [...known, 'default "";']),
		// A client that names the redirect's own port most likely sees HTTPS on its own port too; else it is 443.
		...block('map $http_host $redirect_port', [`"~:${count(redirect)}$" ":${count(https)}";`, 'default "";']),
		// The absolute form of a request would repeat the host.
		...block('map $request_uri $redirect_uri', ['"~^/" $request_uri;', 'default "/";']),
	];
}

/** The redirect, the proxy, and the socket that the container's own health check asks. For `http`. */
export function servers(plan: Plan): readonly string[] {
	return [...redirectServer(plan), ...tlsServer(plan), ...healthServer(plan)];
}

/** The listeners of IPv6, by the names of the files that the servers include. */
export function ipv6Files({listeners, tls}: Plan): Readonly<Record<string, readonly string[]>> {
	const {https, redirect, metrics} = listeners;
	return {
		'ipv6/https.conf': httpsListeners(`[::]:${count(https)}`, tls.http3),
		'ipv6/redirect.conf': [`listen [::]:${count(redirect)} default_server;`],
		...(metrics === undefined
			? {}
			: {'ipv6/metrics.conf': [`listen [::]:${count(metrics)} default_server;`]}),
	};
}

/** With `reuseport` each worker has a queue of its own; without, the packets of one connection would go to any of them. */
function httpsListeners(address: string, http3: boolean): readonly string[] {
	return [
		`listen ${address} ssl default_server;`,
		...(http3 ? [`listen ${address} quic reuseport default_server;`] : []),
	];
}

function redirectServer(plan: Plan): readonly string[] {
	return block('server', [
		`listen ${count(plan.listeners.redirect)} default_server;`,
		'include /run/sallyport/proxy/ipv6/redirect.con[f];',
		'server_name _;',
		...answerHeaders(plan, false),
		...errorPages(plan),
		...block('location /', [
			'if ($known_host = "") { return 421; }',
			'return 308 https://$known_host$redirect_port$redirect_uri;',
		]),
	]);
}

function tlsServer(plan: Plan): readonly string[] {
	const guard = ['if ($known_host = "") { return 421; }', METHOD, ...clearPath(plan)];
	return block('server', [
		...httpsListeners(count(plan.listeners.https), plan.tls.http3),
		'include /run/sallyport/proxy/ipv6/https.con[f];',
		'http2 on;',
		// A sender with a false address gets a small packet back and costs nothing more.
		...(plan.tls.http3 ? ['http3 on;', 'quic_retry on;'] : []),
		'server_name _;',
		`limit_conn connections ${count(plan.limits.connections)};`,
		...answerHeaders(plan, true),
		...pageHeaders(plan),
		...cacheHeaders(plan),
		...jwtHeaders(plan),
		...errorPages(plan),
		...healthLocation(plan),
		...pageLocations(plan, guard),
		...canaryLocations(plan, guard),
		...routeLocations(plan),
	]);
}

function healthServer(plan: Plan): readonly string[] {
	return block('server', [
		'listen unix:/run/sallyport/proxy/health.sock;',
		'server_name _;',
		'access_log off;',
		...healthLocation(plan),
		...purgeLocation(plan),
		...canaryAnswers(plan),
		...block('location /', ['return 404;']),
	]);
}

/** The supervisor asks the application and keeps the file; however often this is called, the application isn't. */
function healthLocation({healthPath}: Plan): readonly string[] {
	return block(`location = ${quoted(healthPath)}`, [
		'default_type application/json;',
		String.raw`if (-f /run/sallyport/proxy/healthy) { return 200 '{"status":"ok"}\n'; }`,
		String.raw`return 503 '{"status":"unavailable"}\n';`,
	]);
}
