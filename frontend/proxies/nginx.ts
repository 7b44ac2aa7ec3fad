import {headerMaps, requestMaps} from './nginx/headers.ts';
import {limits, zones} from './nginx/limits.ts';
import {accessLog} from './nginx/log.ts';
import {block, count, DOLLAR} from './nginx/quote.ts';
import {hostMaps, servers} from './nginx/servers.ts';
import {tls} from './nginx/tls.ts';
import {upstream} from './nginx/upstream.ts';
import type {Plan, ProxyFile, Renderer} from './plan.ts';

/** nginx 1.26 as Debian trixie builds it, with headers-more. Each piece says beside its lines why they are there. */
export const nginx: Renderer = {image: 'sallyport/proxy-nginx:1', render};

const CONF = '/opt/sallyport/conf';
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function render(plan: Plan): readonly ProxyFile[] {
	const {https, redirect} = plan.listeners;
	return [
		file('nginx.conf', configuration(plan)),
		file('init.conf', settings(plan)),
		// Linked in by the supervisor where the kernel has IPv6; nginx would not start where it hasn't.
		file('ipv6/https.conf', [`listen [::]:${count(https)} ssl default_server;`]),
		file('ipv6/redirect.conf', [`listen [::]:${count(redirect)} default_server;`]),
	];
}

function configuration(plan: Plan): readonly string[] {
	return [
		"# Written by Sallyport. The supervisor adds worker_processes, from the container's CPU limit.",
		'load_module modules/ngx_http_headers_more_filter_module.so;',
		'daemon off;',
		'pid /run/sallyport/proxy/nginx.pid;',
		// The supervisor turns these lines into JSON without queries; nginx itself can't.
		'error_log stderr warn;',
		'worker_rlimit_nofile 8192;',
		// Zero would mean for ever.
		`worker_shutdown_timeout ${count(Math.max(plan.timeouts.drainSeconds, 1))}s;`,
		...block('events', ['worker_connections 4096;']),
		...block('http', [
			'default_type application/octet-stream;',
			'server_tokens off;',
			...TEMPORARY.map(name => `${name}_temp_path /run/sallyport/proxy/${name};`),
			// Before the first map, for host names of any length.
			'map_hash_bucket_size 512;',
			DOLLAR,
			...accessLog(),
			...tls(plan),
			...limits(plan),
			...zones(plan),
			...requestMaps(),
			...hostMaps(plan),
			...headerMaps(plan.headers),
			...upstream(plan),
			...servers(plan),
		]),
	];
}

/** How long an application may take to end. Orchestrators have a limit of their own, mostly shorter, and know better. */
const STOP_SECONDS = 60;

function settings({application, healthPath, timeouts, hosts}: Plan): readonly string[] {
	return [
		...(application === undefined ? [] : [`application_port ${count(application.port)}`]),
		...(application?.healthPath === undefined ? [] : [`application_health ${application.healthPath}`]),
		`proxy_health ${healthPath}`,
		`drain_seconds ${count(timeouts.drainSeconds)}`,
		`stop_seconds ${STOP_SECONDS}`,
		...hosts.map(host => `host ${host}`),
	];
}

function file(name: string, lines: readonly string[]): ProxyFile {
	return {path: `${CONF}/${name}`, mode: 0o644, content: `${lines.join('\n')}\n`};
}
