import type {Plan} from '../plan.ts';
import {block, count} from './quote.ts';

/**
 * Access log: one strictly valid JSON line below 4096 bytes whatever a client sends.
 *
 * `escape=json` escapes quotes and control characters but passes bytes from 0x80 on, which need not be UTF-8; and a line
 * over PIPE_BUF may be torn apart. So every field a client controls goes through a map that admits printable ASCII and
 * cuts. A query is never logged: tokens and personal data travel there. The sum of what may be written is below 3.7 KB.
 */
export function accessLog({logs, application}: Plan): readonly string[] {
	const own = application?.port;
	return [
		...block('map $request_uri $log_path', [
			String.raw`"~^(?<log_path_whole>[\x21-\x3e\x40-\x7e]{1,800})(?:\?|$)" $log_path_whole;`,
			String.raw`"~^(?<log_path_start>[\x21-\x3e\x40-\x7e]{800})" $log_path_start;`,
			'default "[unprintable]";',
		]),
		// Exact values are looked up before any pattern is tried, and most requests have one of these.
		...block('map $request_method $log_method', [
			...METHODS.map(method => `${method} ${method};`),
			'"~^[A-Z_-]{1,32}$" $request_method;',
			'default "-";',
		]),
		...block('map $known_host $log_host', ['"" $log_unknown_host;', 'default $known_host;']),
		...block('map $host $log_unknown_host', [
			String.raw`"~^[\x21-\x7e]{1,255}$" $host;`,
			'default "[invalid]";',
		]),
		...block('map $http_user_agent $log_agent', [
			'"" "";',
			String.raw`"~^[\x20-\x7e]{1,200}$" $http_user_agent;`,
			String.raw`"~^(?<log_agent_start>[\x20-\x7e]{200})[\x20-\x7e]*$" $log_agent_start;`,
			'default "[unprintable]";',
		]),
		// A connection that ends before its answer has the status 000, which is no JSON number.
		...block('map $status $log_status', [
			...STATUSES.map(status => `${status} ${status};`),
			'"~^[1-9][0-9][0-9]$" $status;',
			'default 0;',
		]),
		// One entry for each attempt: as many as the upstream has servers.
		...block('map $upstream_addr $log_upstream', [
			'"" "";',
			...(own === undefined ? [] : [`"127.0.0.1:${count(own)}" "127.0.0.1:${count(own)}";`]),
			'"~^(?<log_upstream_start>.{200})" $log_upstream_start;',
			'default $upstream_addr;',
		]),
		...clientOf(logs.truncatesAddresses),
		'log_format sallyport escape=json \'{"ts":"$time_iso8601","type":"access","request_id":"$rid",\'',
		'\t\'"trace":"$trace_parent","client":"$log_client","method":"$log_method","host":"$log_host","path":"$log_path",\'',
		'\t\'"protocol":"$server_protocol","status":$log_status,"bytes":$bytes_sent,"received":$request_length,\'',
		'\t\'"duration":$request_time,"upstream":"$log_upstream","upstream_status":"$upstream_status",\'',
		'\t\'"upstream_connect":"$upstream_connect_time","upstream_header":"$upstream_header_time",\'',
		'\t\'"upstream_time":"$upstream_response_time","cache":"$upstream_cache_status","tls_version":"$ssl_protocol",\'',
		'\t\'"tls_resumed":"$ssl_session_reused","limited":"$limit_req_status","crowded":"$limit_conn_status",\'',
		'\t\'"agent":"$log_agent"}\';',
		// A write wakes up whoever reads, which costs more than the line. At most 4096 bytes at once, for a pipe takes no more in one piece.
		'access_log /dev/stdout sallyport buffer=4k flush=1s;',
	];
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
const STATUSES = [
	200, 201, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 413, 421, 429, 500, 502, 503, 504,
];

/** The client's network: /24 of IPv4, /48 of IPv6. nginx writes addresses in their shortest form, so `::` may stand early. */
function clientOf(isTruncated: boolean): readonly string[] {
	return isTruncated
		? block('map $remote_addr $log_client', [
				String.raw`"~^(?<log_network_v4>\d+\.\d+\.\d+)\.\d+$" "$log_network_v4.0";`,
				'"~^(?<log_network_zero>(?:[0-9a-f]+:){2})0:[0-9a-f]" "$log_network_zero:";',
				'"~^(?<log_network_v6>(?:[0-9a-f]+:){3})[0-9a-f]" "$log_network_v6:";',
				'"~^(?<log_network_short>(?:[0-9a-f]*:){1,3}:)" $log_network_short;',
				'default "";',
			])
		: block('map "" $log_client', ['default $remote_addr;']);
}
