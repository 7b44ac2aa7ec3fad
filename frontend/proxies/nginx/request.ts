import {SPOOFABLE} from '../hostile-headers.ts';
import {METHODS} from '../methods.ts';
import type {Plan} from '../plan.ts';
import {block, quoted} from './quote.ts';

/** Headers that say who somebody is, by the proxy's word. */
export interface Identity {
	readonly name: string;
	/** A variable of nginx, or quoted text. */
	readonly value: string;
}

/**
 * The whole set, for every location that proxies: one `proxy_set_header` in a location drops all inherited ones. What any route's
 * forward authentication tells may come from no client on any other route.
 */
export function requestHeaders(plan: Plan, identity: readonly Identity[] = []): readonly string[] {
	const said = new Set(identity.map(({name}) => name.toLowerCase()));
	const told = plan.routes.flatMap(({access}) => access.forward?.headers ?? []);
	const dropped = new Map([...SPOOFABLE, ...told].map(name => [name.toLowerCase(), name]));
	// A client's own credentials are the application's business where nobody else checks them.
	dropped.delete('authorization');
	return [
		// Without the port the application's comparison of Origin and Host fails wherever HTTPS isn't published as 443.
		'proxy_set_header Host $host$port_suffix;',
		'proxy_set_header X-Real-IP $remote_addr;',
		'proxy_set_header X-Forwarded-For $remote_addr;',
		'proxy_set_header X-Forwarded-Proto $forwarded_proto;',
		'proxy_set_header X-Forwarded-Host $host$port_suffix;',
		'proxy_set_header X-Forwarded-Port $port;',
		'proxy_set_header X-Request-ID $rid;',
		'proxy_set_header Traceparent $trace_parent;',
		'proxy_set_header Connection $connection_header;',
		'proxy_set_header Upgrade $upgrade_header;',
		...[...dropped]
			.filter(([key]) => !said.has(key))
			.map(([, name]) => `proxy_set_header ${quoted(name)} "";`),
		...identity.map(({name, value}) => `proxy_set_header ${quoted(name)} ${value};`),
	];
}

/** For a location: what nobody has registered is no method, and its application never learns of it. RFC 9110 §15.6.2 */
export const METHOD = 'if ($unknown_method) { return 501; }';

/** The variables that `requestHeaders` uses, for `http`. `Upgrade: h2c` is not passed on: it would tunnel past the proxy. */
export function requestMaps(): readonly string[] {
	return [
		...block('map $request_method $unknown_method', [...METHODS.map(method => `${method} 0;`), 'default 1;']),
		...block('map $http_host $port_suffix', [
			'"~:(?<port_digits>[0-9]{1,5})$" ":$port_digits";',
			'default "";',
		]),
		...block('map $port_suffix $port', [
			'"" 443;',
			'"~^:(?<port_alone>[0-9]+)$" $port_alone;',
			'default 443;',
		]),
		...block('map $http_upgrade $upgrade_header', ['"" "";', '"~*^websocket$" websocket;', 'default "";']),
		...block('map $upgrade_header $connection_header', ['websocket upgrade;', 'default "";']),
		// W3C Trace Context: what isn't valid is not told on, to the application as little as to the log.
		...block('map $http_traceparent $trace_parent', [
			'"" "";',
			'"~^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$" $http_traceparent;',
			'default "";',
		]),
	];
}
