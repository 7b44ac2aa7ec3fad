import type {Plan} from '../plan.ts';
import {block, count} from './quote.ts';

/** What a client may cost: time, memory, requests. For `http`. */
export function limits({limits: {bodyBytes}, timeouts: {clientSeconds}}: Plan): readonly string[] {
	const patience = `${count(clientSeconds)}s`;
	return [
		// An IPv6 client has 2^64 addresses of its own: the first 8 of the 16 raw bytes are the client.
		...block('map $binary_remote_addr $client_key', [
			'"~(?s)^(?<client_network>.{8}).{8}$" $client_network;',
			'default $binary_remote_addr;',
		]),
		'limit_req_status 429;',
		'limit_conn_status 429;',
		// The access log tells of every one; at `warn` an attack would fill the error log with the same news.
		'limit_req_log_level info;',
		'limit_conn_log_level info;',
		`client_max_body_size ${count(bodyBytes)};`,
		'client_body_buffer_size 16k;',
		'client_header_buffer_size 1k;',
		'large_client_header_buffers 4 8k;',
		`client_header_timeout ${patience};`,
		`client_body_timeout ${patience};`,
		`send_timeout ${patience};`,
		'keepalive_timeout 65s;',
		'keepalive_requests 1000;',
		'keepalive_time 1h;',
		'lingering_time 15s;',
		'lingering_timeout 5s;',
		'reset_timedout_connection on;',
		'http2_max_concurrent_streams 100;',
		'max_ranges 16;',
		'ignore_invalid_headers on;',
		'underscores_in_headers off;',
		'merge_slashes on;',
	];
}

/** The zones, apart because a zone of rate zero is no configuration. */
export function zones({limits: {requestsPerSecond}}: Plan): readonly string[] {
	return [
		`limit_req_zone $client_key zone=requests:10m rate=${count(requestsPerSecond)}r/s;`,
		'limit_conn_zone $client_key zone=connections:10m;',
	];
}
