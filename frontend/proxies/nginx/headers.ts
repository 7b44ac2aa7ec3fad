import type {PlanHeader} from '../plan.ts';
import {block, quoted} from './quote.ts';

/** Of the application's answer, what only tells an attacker which versions to look up. */
const DISCLOSING = ['X-Powered-By', 'X-AspNet-Version', 'X-AspNetMvc-Version', 'X-Runtime', 'X-Generator'];

/**
 * Of the client's request, what applications believe when a proxy says it. This proxy says none of them, so none may
 * come from outside: identity, address, scheme and path overrides, and `Proxy`, which CGI turns into HTTP_PROXY.
 */
const SPOOFABLE = [
	'Forwarded',
	'X-Forwarded-Prefix',
	'X-Forwarded-Server',
	'X-Forwarded-Scheme',
	'X-Forwarded-Ssl',
	'X-Forwarded-User',
	'X-Forwarded-Email',
	'X-Auth-Request-User',
	'X-Auth-Request-Email',
	'X-Remote-User',
	'Remote-User',
	'X-Client-Cert',
	'X-Client-IP',
	'X-Cluster-Client-IP',
	'True-Client-IP',
	'CF-Connecting-IP',
	'X-Original-URL',
	'X-Original-URI',
	'X-Rewrite-URL',
	'X-Scheme',
	'Front-End-Https',
	'Early-Data',
	'Proxy',
];

/** What `add_header` needs beside it, for `http`. */
export function headerMaps(headers: readonly PlanHeader[]): readonly string[] {
	return [
		...headers.flatMap((header, index) =>
			header.mode === 'override'
				? []
				: block(`map ${upstreamVariable(header.name)} $header_${index}`, [
						`"" ${quoted(header.value)};`,
						`default ${upstreamVariable(header.name)};`,
					]),
		),
		// The application's own Retry-After passes by itself.
		...block('map "$status:$upstream_http_retry_after" $retry_after', [
			'"429:" 1;',
			'"503:" 5;',
			'default "";',
		]),
		...['X-Request-ID', ...DISCLOSING, ...headers.map(({name}) => name)].map(
			name => `proxy_hide_header ${quoted(name)};`,
		),
		'more_clear_headers Server;',
	];
}

/**
 * For a `server`; locations MUST have no `add_header` of their own, or nginx drops these.
 * RFC 6797 §7.2: Strict-Transport-Security must not be said over plain HTTP.
 */
export function answerHeaders(headers: readonly PlanHeader[], secure: boolean): readonly string[] {
	return [
		'add_header X-Request-ID $request_id always;',
		'add_header Retry-After $retry_after always;',
		...headers.flatMap(({name, value, mode}, index) =>
			!secure && name.toLowerCase() === 'strict-transport-security'
				? []
				: [`add_header ${quoted(name)} ${mode === 'override' ? quoted(value) : `$header_${index}`} always;`],
		),
	];
}

/** The whole set, for every location that proxies: one `proxy_set_header` in a location drops all inherited ones. */
export function requestHeaders(): readonly string[] {
	return [
		// Without the port the application's comparison of Origin and Host fails wherever HTTPS isn't published as 443.
		'proxy_set_header Host $host$port_suffix;',
		'proxy_set_header X-Real-IP $remote_addr;',
		'proxy_set_header X-Forwarded-For $remote_addr;',
		'proxy_set_header X-Forwarded-Proto $scheme;',
		'proxy_set_header X-Forwarded-Host $host$port_suffix;',
		'proxy_set_header X-Forwarded-Port $port;',
		'proxy_set_header X-Request-ID $request_id;',
		'proxy_set_header Connection $connection_header;',
		'proxy_set_header Upgrade $upgrade_header;',
		...SPOOFABLE.map(name => `proxy_set_header ${name} "";`),
	];
}

/** The variables that `requestHeaders` uses, for `http`. `Upgrade: h2c` is not passed on: it would tunnel past the proxy. */
export function requestMaps(): readonly string[] {
	return [
		...block('map $http_host $port_suffix', [
			'"~:(?<port_digits>[0-9]{1,5})$" ":$port_digits";',
			'default "";',
		]),
		...block('map $http_host $port', ['"~:(?<port_alone>[0-9]{1,5})$" $port_alone;', 'default 443;']),
		...block('map $http_upgrade $upgrade_header', ['"~*^websocket$" websocket;', 'default "";']),
		...block('map $upgrade_header $connection_header', ['websocket upgrade;', 'default "";']),
	];
}

function upstreamVariable(name: string): string {
	if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) {
		throw new TypeError(`This is no header name: ${JSON.stringify(name)}`);
	}

	return `$upstream_http_${name.toLowerCase().replaceAll('-', '_')}`;
}
