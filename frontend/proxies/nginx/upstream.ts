import type {Plan, PlanApplication} from '../plan.ts';
import {block, count} from './quote.ts';

/** How the application is reached. For `http`. */
export function upstream({
	application,
	timeouts: {connectSeconds, upstreamSeconds},
}: Plan): readonly string[] {
	return [
		...(application === undefined ? [] : pool(application)),
		'proxy_http_version 1.1;',
		`proxy_connect_timeout ${count(connectSeconds)}s;`,
		`proxy_send_timeout ${count(upstreamSeconds)}s;`,
		`proxy_read_timeout ${count(upstreamSeconds)}s;`,
		// Never `non_idempotent`: a POST that may have arrived is not sent twice.
		'proxy_next_upstream error timeout;',
		'proxy_next_upstream_tries 2;',
		'proxy_request_buffering on;',
		'proxy_buffer_size 8k;',
		'proxy_buffers 16 8k;',
		'proxy_busy_buffers_size 16k;',
		// The only writable place is memory, which a slow reader of a large answer must not be able to fill.
		'proxy_max_temp_file_size 0;',
		'proxy_redirect off;',
		'proxy_cache off;',
		'proxy_intercept_errors off;',
		// Or the application's answer could name files and locations inside the proxy.
		'proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Charset X-Accel-Expires;',
	];
}

function pool({port}: PlanApplication): readonly string[] {
	return block('upstream application', [
		'zone application 64k;',
		// The address, for an empty image has no /etc/hosts in which `localhost` could be looked up.
		`server 127.0.0.1:${count(port)} max_fails=0;`,
		'keepalive 32;',
		'keepalive_requests 1000;',
		// Must end before the application's own (gunicorn's 2 s is the shortest in use), or a POST may meet a closing one.
		'keepalive_timeout 1s;',
	]);
}
