import type {Plan, PlanLimits, PlanRoute} from '../plan.ts';
import {block, count} from './quote.ts';

/** How long a client may take for the head of a request, which is short: whoever needs more does so on purpose. */
export function headSeconds({timeouts: {clientSeconds}}: Pick<Plan, 'timeouts'>): number {
	return Math.min(clientSeconds, 10);
}

/** What a client may cost: time, memory, requests. For `http`. */
export function limits(plan: Plan): readonly string[] {
	const {bodyBytes} = plan.limits;
	const patience = `${count(plan.timeouts.clientSeconds)}s`;
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
		`client_header_timeout ${count(headSeconds(plan))}s;`,
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

/** How often one client may present a password, and how many at once: a page with its pictures, but no dictionary. */
const GUESSES = {perSecond: 1, burst: 40} as const;

/** The zones, apart because a zone of rate zero is no configuration. Each route with a rate of its own counts by itself. */
export function zones({limits: {requestsPerSecond}, routes}: Plan): readonly string[] {
	return [
		`limit_req_zone $client_key zone=requests:10m rate=${count(requestsPerSecond)}r/s;`,
		'limit_conn_zone $client_key zone=connections:10m;',
		...routes.flatMap(({limits: own}, index) =>
			own.requestsPerSecond === undefined
				? []
				: [`limit_req_zone $client_key zone=requests_${index}:2m rate=${count(own.requestsPerSecond)}r/s;`],
		),
		...(routes.some(({access}) => access.basic !== undefined)
			? [
					// Without a password there is nothing to guess, and an empty key is not counted.
					...block('map $http_authorization $guess_key', ['"" "";', 'default $client_key;']),
					`limit_req_zone $guess_key zone=guesses:10m rate=${GUESSES.perSecond}r/s;`,
				]
			: []),
	];
}

/** For a route's location. One `limit_req` drops all inherited ones, so it is always the whole list. */
export function routeLimits(
	{limits: own, access}: PlanRoute,
	index: number,
	usual: PlanLimits,
): readonly string[] {
	const zone = own.requestsPerSecond === undefined ? 'requests' : `requests_${index}`;
	return [
		limitOf(zone, own.burst ?? usual.burst),
		// Counted before the hash is computed, which takes milliseconds in which the worker does nothing else.
		...(access.basic === undefined ? [] : [limitOf('guesses', GUESSES.burst)]),
		...(own.bodyBytes === undefined ? [] : [`client_max_body_size ${count(own.bodyBytes)};`]),
	];
}

function limitOf(zone: string, burst: number): string {
	return `limit_req zone=${zone}${burst > 0 ? ` burst=${count(burst)} nodelay` : ''};`;
}
