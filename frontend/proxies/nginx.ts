import {userFiles} from './nginx/access.ts';
import {cacheScripts, cacheZones} from './nginx/cache.ts';
import {canaryMaps, canaryPools, canaryZones} from './nginx/canary.ts';
import {clientMaps} from './nginx/client.ts';
import {fileMaps} from './nginx/files.ts';
import {headerMaps, hiddenHeaders} from './nginx/headers.ts';
import {jwtScripts, jwtZones} from './nginx/jwt.ts';
import {limits, zones} from './nginx/limits.ts';
import {accessLog} from './nginx/log.ts';
import {metricsScripts, metricsServer, metricsZones} from './nginx/metrics.ts';
import {pageFiles, pageMaps} from './nginx/pages.ts';
import {pathMaps} from './nginx/paths.ts';
import {block, count, DOLLAR} from './nginx/quote.ts';
import {requestMaps} from './nginx/request.ts';
import {hostMaps, ipv6Files, servers} from './nginx/servers.ts';
import {tls, tlsFiles} from './nginx/tls.ts';
import {forGrpc, upstream} from './nginx/upstream.ts';
import type {Plan, ProxyFile, Renderer} from './plan.ts';
import {settings} from './settings.ts';

const CONF = '/opt/sallyport/conf';

/** nginx 1.26 as Debian trixie builds it, with headers-more. Each piece says beside its lines why they are there. */
export const nginx: Renderer = {
	image: 'sallyport/proxy-nginx:1',
	config: `${CONF}/nginx.conf`,
	render,
};

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

function render(plan: Plan): readonly ProxyFile[] {
	// Linked in by the supervisor: where the kernel has IPv6, for nginx would not start where it hasn't, and what is mounted.
	const linked = {...ipv6Files(plan), ...prefixed('tls/', tlsFiles(plan))};
	return [
		file('nginx.conf', configuration(plan)),
		file('init.conf', settings(plan)),
		...Object.entries(linked).map(([name, lines]) => file(name, lines)),
		...userFiles(plan),
		...pageFiles(plan),
		...scripts(plan),
	];
}

function scripts(plan: Plan): readonly ProxyFile[] {
	return [...jwtScripts(plan), ...cacheScripts(plan), ...metricsScripts(plan)];
}

function configuration(plan: Plan): readonly string[] {
	const isScripted = scripts(plan).length > 0;
	return [
		"# Written by Sallyport. The supervisor adds worker_processes, from the container's CPU limit.",
		'load_module modules/ngx_http_headers_more_filter_module.so;',
		...(isScripted ? ['load_module /opt/sallyport/njs/ngx_http_js_module.so;'] : []),
		'daemon off;',
		'pid /run/sallyport/proxy/nginx.pid;',
		// The supervisor turns these lines into JSON without queries; nginx itself can't.
		'error_log stderr warn;',
		// Patterns are the larger part of what a line of the log costs.
		'pcre_jit on;',
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
			// A request that fails before its route is known has no `$route`, which is no news.
			'uninitialized_variable_warn off;',
			DOLLAR,
			...(isScripted ? [`js_path ${CONF}/njs/;`] : []),
			...clientMaps(plan),
			...accessLog(plan),
			...metricsZones(plan),
			...tls(plan),
			...limits(plan),
			...zones(plan),
			...canaryZones(),
			...canaryMaps(),
			...pathMaps(plan),
			...requestMaps(),
			...hostMaps(plan),
			...headerMaps(plan),
			...forGrpc(plan, hiddenHeaders(plan)),
			...pageMaps(plan),
			...jwtZones(plan),
			...cacheZones(plan),
			...fileMaps(plan),
			...upstream(plan),
			...canaryPools(),
			...servers(plan),
			...metricsServer(plan),
		]),
	];
}

function prefixed(
	folder: string,
	files: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
	return Object.fromEntries(Object.entries(files).map(([name, lines]) => [`${folder}${name}`, lines]));
}

function file(name: string, lines: readonly string[]): ProxyFile {
	return {path: `${CONF}/${name}`, mode: 0o644, content: `${lines.join('\n')}\n`};
}
