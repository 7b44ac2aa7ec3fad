import {block} from './quote.ts';

/**
 * Access log: one strictly valid JSON line below 4096 bytes whatever a client sends.
 *
 * `escape=json` escapes quotes and control characters but passes bytes from 0x80 on, which need not be UTF-8; and a line
 * over PIPE_BUF may be torn apart. So every field a client controls goes through a map that admits printable ASCII and
 * cuts. A query is never logged: tokens and personal data travel there.
 */
export function accessLog(): readonly string[] {
	return [
		...block('map $request_uri $log_path', [
			String.raw`"~^(?<log_path_whole>[\x21-\x3e\x40-\x7e]{1,1024})(?:\?|$)" $log_path_whole;`,
			String.raw`"~^(?<log_path_start>[\x21-\x3e\x40-\x7e]{1024})" $log_path_start;`,
			'default "[unprintable]";',
		]),
		...block('map $request_method $log_method', ['"~^[A-Z_-]{1,32}$" $request_method;', 'default "-";']),
		...block('map $host $log_host', [String.raw`"~^[\x21-\x7e]{1,255}$" $host;`, 'default "[invalid]";']),
		...block('map $http_user_agent $log_agent', [
			String.raw`"~[^\x20-\x7e]" "[unprintable]";`,
			'"~^(?<log_agent_start>.{200})" $log_agent_start;',
			'default $http_user_agent;',
		]),
		// A connection that ends before its answer has the status 000, which is no JSON number.
		...block('map $status $log_status', ['"~^[1-9][0-9][0-9]$" $status;', 'default 0;']),
		'log_format sallyport escape=json \'{"ts":"$time_iso8601","type":"access","request_id":"$request_id",\'',
		'\t\'"client":"$remote_addr","method":"$log_method","host":"$log_host","path":"$log_path",\'',
		'\t\'"protocol":"$server_protocol","status":$log_status,"bytes":$bytes_sent,"duration":$request_time,\'',
		'\t\'"upstream_status":"$upstream_status","tls_version":"$ssl_protocol","limited":"$limit_req_status",\'',
		'\t\'"agent":"$log_agent"}\';',
		'access_log /dev/stdout sallyport;',
	];
}
