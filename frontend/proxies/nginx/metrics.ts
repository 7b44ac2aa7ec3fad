import type {Plan, ProxyFile} from '../plan.ts';
import {errorPages} from './pages.ts';
import {block, count} from './quote.ts';

/** Beyond these a route is counted as one of the others: each costs memory, in nginx and in whoever collects. */
const MOST_ROUTES = 200;

/** Seconds, as Prometheus' own libraries have them. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Where requests are counted, by the `$route` that locations set: nothing that a client sends becomes a label. For `http`, after the access log. */
export function metricsZones({listeners: {metrics}, routes}: Plan): readonly string[] {
	if (metrics === undefined) {
		return [];
	}

	const size = 262_144 + Math.min(routes.length, MOST_ROUTES) * 8192;
	return [
		'js_import count from count.js;',
		`js_shared_dict_zone zone=metrics:${count(size)} type=number;`,
		'js_set $metrics_counted count.request;',
		// Never written: what decides whether it is, counts.
		'access_log /dev/null sallyport if=$metrics_counted;',
	];
}

/** Prometheus' text format 0.0.4, on a port of its own. */
export function metricsServer(plan: Plan): readonly string[] {
	const {metrics} = plan.listeners;
	return metrics === undefined
		? []
		: block('server', [
				`listen ${count(metrics)} default_server;`,
				'include /run/sallyport/proxy/ipv6/metrics.con[f];',
				'server_name _;',
				'access_log off;',
				...errorPages(plan),
				...block('location = /metrics', ['js_import metrics from metrics.js;', 'js_content metrics.page;']),
				...block('location /', ['return 404;']),
			]);
}

export function metricsScripts(plan: Plan): readonly ProxyFile[] {
	const folder = '/opt/sallyport/conf/njs';
	return plan.listeners.metrics === undefined
		? []
		: [
				{path: `${folder}/count.js`, mode: 0o644, content: counting(plan)},
				{path: `${folder}/metrics.js`, mode: 0o644, content: script(plan)},
			];
}

/** njs runs a script from its top for every request that needs it, so what counts is short and apart from what tells. */
function counting({routes}: Plan): string {
	const last = count(Math.max(routes.length - 1, 0));
	return `// Written by Sallyport.

function add(key, value) {
	ngx.shared.metrics.incr(key, value, 0);
}

function routeOf(route) {
	return route === undefined || route === '' ? 'none' : Number(route) < ${MOST_ROUTES} || route === '${last}' ? route : 'other';
}

/* Asked for each request when it has ended; the empty answer means that nothing is written. */
function request(r) {
	var v = r.variables;
	var bounds = ${JSON.stringify(BOUNDS)};
	var route = routeOf(v.route);
	var seconds = Number(v.request_time) || 0;
	var bucket = 0;
	while (bucket < bounds.length && seconds > bounds[bucket]) {
		bucket++;
	}
	add('requests ' + route + ' ' + (v.status || '0')[0], 1);
	add('bucket ' + route + ' ' + bucket, 1);
	add('seconds ' + route, seconds);
	add('bytes ' + route, Number(v.bytes_sent) || 0);
	if (v.upstream_cache_status) {
		add('cache ' + v.upstream_cache_status, 1);
	}
	if (v.limit_req_status === 'REJECTED') {
		add('limited requests', 1);
	}
	if (v.limit_conn_status === 'REJECTED') {
		add('limited connections', 1);
	}
	if (v.upstream_status) {
		upstreams(route, v.upstream_status);
	}
	return '';
}

/* One status for each that was asked: "502, 200". */
function upstreams(route, statuses) {
	statuses.split(/[,:] ?/).forEach(function (status) {
		add('upstream ' + route + ' ' + (status.trim()[0] || '-'), 1);
	});
}

export default {request};
`;
}

function script({routes}: Plan): string {
	const names = routes.flatMap(({path, match, to}, index) =>
		// The last one is the prefix `/`, where everything else ends.
		index < MOST_ROUTES || index === routes.length - 1
			? [
					[
						index,
						{
							route: match === 'exact' ? `= ${path}` : path,
							upstream: to.kind === 'upstream' ? to.name : to.kind,
						},
					] as const,
				]
			: [],
	);
	return [
		'// Written by Sallyport.',
		`var ROUTES = ${JSON.stringify(Object.fromEntries(names))};`,
		`var BOUNDS = ${JSON.stringify(BOUNDS)};`,
		SCRIPT,
	].join('\n');
}

const SCRIPT = String.raw`import fs from 'fs';

var SUPERVISOR = '/run/sallyport/proxy/supervisor.prom';
var CACHE = ['HIT', 'MISS', 'BYPASS', 'EXPIRED', 'STALE', 'UPDATING', 'REVALIDATED'];

function label(text) {
	return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function nameOf(route) {
	return ROUTES[route] ? ROUTES[route].route : route;
}

function family(out, name, type, help, samples) {
	out.push('# HELP sallyport_' + name + ' ' + help, '# TYPE sallyport_' + name + ' ' + type);
	samples.forEach(function (sample) {
		out.push('sallyport_' + name + sample);
	});
}

function page(r) {
	if (r.method !== 'GET' && r.method !== 'HEAD') {
		r.return(405);
		return;
	}
	var values = {};
	ngx.shared.metrics.items(100000).forEach(function (item) {
		values[item[0]] = item[1];
	});
	var keys = Object.keys(values).sort();
	var v = r.variables;
	var out = [];
	var of = function (kind, line) {
		return keys.filter(function (key) { return key.split(' ')[0] === kind; }).map(function (key) {
			return line(key.split(' '), values[key]);
		});
	};
	family(out, 'http_requests_total', 'counter', 'Requests, by route and class of the status.', of('requests', function (key, value) {
		return '{route="' + label(nameOf(key[1])) + '",code="' + key[2] + 'xx"} ' + value;
	}));
	family(out, 'http_request_duration_seconds', 'histogram', 'From the first byte of a request to the last of its answer.', histogram(keys, values));
	family(out, 'http_response_bytes_total', 'counter', 'Bytes sent to clients, headers included.', of('bytes', function (key, value) {
		return '{route="' + label(nameOf(key[1])) + '"} ' + value;
	}));
	family(out, 'upstream_responses_total', 'counter', 'Answers of what is behind the proxy, by route; code "-xx" is none.', of('upstream', function (key, value) {
		return '{route="' + label(nameOf(key[1])) + '",upstream="' + (ROUTES[key[1]] ? ROUTES[key[1]].upstream : 'other') + '",code="' + key[2] + 'xx"} ' + value;
	}));
	family(out, 'cache_requests_total', 'counter', 'Requests of cached routes, by what the cache could do.', CACHE.map(function (status) {
		return '{status="' + status.toLowerCase() + '"} ' + (values['cache ' + status] || 0);
	}));
	family(out, 'limited_requests_total', 'counter', 'Requests refused with 429.', ['requests', 'connections'].map(function (limit) {
		return '{limit="' + limit + '"} ' + (values['limited ' + limit] || 0);
	}));
	family(out, 'connections', 'gauge', 'Connections of clients.', ['active', 'reading', 'writing', 'waiting'].map(function (state) {
		return '{state="' + state + '"} ' + (v['connections_' + state] || 0);
	}));
	r.headersOut['Content-Type'] = 'text/plain; version=0.0.4; charset=utf-8';
	r.return(200, out.join('\n') + '\n' + supervisor());
}

function histogram(keys, values) {
	var samples = [];
	keys.forEach(function (key) {
		var parts = key.split(' ');
		if (parts[0] !== 'seconds') {
			return;
		}
		var name = '{route="' + label(nameOf(parts[1])) + '"';
		var sum = 0;
		BOUNDS.concat('+Inf').forEach(function (bound, index) {
			sum += values['bucket ' + parts[1] + ' ' + index] || 0;
			samples.push('_bucket' + name + ',le="' + bound + '"} ' + sum);
		});
		samples.push('_sum' + name + '} ' + values[key], '_count' + name + '} ' + sum);
	});
	return samples;
}

/* What nginx can't know: instances, health, certificates. */
function supervisor() {
	try {
		return fs.readFileSync(SUPERVISOR, 'utf8');
	} catch (e) {
		return '';
	}
}

export default {page};
`;
