import type {Plan} from '../plan.ts';
import {answerHeaders, requestHeaders} from './headers.ts';
import {block, count, hostKey, quoted} from './quote.ts';

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

function redirectServer(plan: Plan): readonly string[] {
	return block('server', [
		`listen ${count(plan.listeners.redirect)} default_server;`,
		'include /run/sallyport/proxy/ipv6/redirect.con[f];',
		'server_name _;',
		...answerHeaders(plan.headers, false),
		...errorPages(plan),
		...block('location /', [
			'if ($known_host = "") { return 421; }',
			'return 308 https://$known_host$redirect_port$redirect_uri;',
		]),
	]);
}

function tlsServer(plan: Plan): readonly string[] {
	const {burst, connections} = plan.limits;
	return block('server', [
		`listen ${count(plan.listeners.https)} ssl default_server;`,
		'include /run/sallyport/proxy/ipv6/https.con[f];',
		'http2 on;',
		'server_name _;',
		`limit_conn connections ${count(connections)};`,
		...answerHeaders(plan.headers, true),
		...errorPages(plan),
		...healthLocation(plan),
		...block('location /', [
			// One certificate serves every name, so a name that is none of ours is refused here and not in the handshake.
			'if ($known_host = "") { return 421; }',
			`limit_req zone=requests${burst > 0 ? ` burst=${count(burst)} nodelay` : ''};`,
			...requestHeaders(),
			'proxy_pass http://application;',
		]),
	]);
}

function healthServer(plan: Plan): readonly string[] {
	return block('server', [
		'listen unix:/run/sallyport/proxy/health.sock;',
		'server_name _;',
		'access_log off;',
		...healthLocation(plan),
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

/**
 * nginx's own error pages name it. In this way every answer that the proxy makes itself is two facts and no more.
 * A path and not a named location: a request line that doesn't parse has no URI, with which a named one answers 500.
 */
function errorPages({healthPath}: Plan): readonly string[] {
	const path = healthPath === '/.sallyport/error' ? '/.sallyport/error-page' : '/.sallyport/error';
	return [
		`error_page ${OWN_ERRORS.join(' ')} ${path};`,
		// nginx's own codes for: header too large, certificate errors, plain HTTP on the TLS port.
		`error_page 494 =431 ${path};`,
		`error_page 495 496 497 =400 ${path};`,
		...block(`location = ${path}`, [
			'internal;',
			'default_type application/json;',
			String.raw`return 200 '{"status":$status,"request_id":"$request_id"}\n';`,
		]),
	];
}

const OWN_ERRORS = [
	308, 400, 403, 404, 405, 408, 411, 412, 413, 414, 416, 421, 429, 500, 501, 502, 503, 504, 505,
];
