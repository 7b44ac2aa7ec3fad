import {CANARY_LIMITS, canaryPath} from '../canary.ts';
import type {Plan} from '../plan.ts';
import {cacheLines, hasCache} from './cache.ts';
import {maintenance} from './pages.ts';
import {block, count} from './quote.ts';
import {requestHeaders} from './request.ts';

/** Where it is answered from: the server that the supervisor asks, on a socket that only the container has. */
const BEHIND = 'unix:/run/sallyport/proxy/health.sock';
/** What few requests come over, so that a probe is no flood. */
const BURST = 4;

/** Counted apart from everybody else: a probe can lock nobody out, and nobody a probe. For `http`. */
export function canaryZones(): readonly string[] {
	return [
		`limit_req_zone $client_key zone=canary:256k rate=${count(CANARY_LIMITS.requestsPerSecond)}r/s;`,
		'limit_req_zone $client_key zone=canary_burst:256k rate=1r/s;',
		'limit_conn_zone $client_key zone=canary_connections:256k;',
	];
}

/** Of what was asked, the little that is told: marks of ours, and what the proxy says of a client. For `http`. */
export function canaryMaps(): readonly string[] {
	const shown: readonly (readonly [variable: string, of: string, pattern: string])[] = [
		['id', '$http_x_request_id', '[A-Za-z0-9._-]{1,128}'],
		['for', '$http_x_forwarded_for', '[0-9A-Fa-f.:, ]{1,200}'],
		['real', '$http_x_real_ip', '[0-9A-Fa-f.:, ]{1,64}'],
		['forwarded_host', '$http_x_forwarded_host', '[A-Za-z0-9.:_-]{1,255}'],
		['original', '$http_x_original_url', '[A-Za-z0-9/._-]{1,255}'],
		['host', '$http_host', '[A-Za-z0-9.:_-]{1,255}'],
		['bearer', '$http_authorization', 'Bearer sallyport-[0-9a-f-]{36}'],
		['cookie', '$http_cookie', 'session=sallyport-[0-9a-f-]{36}'],
		['method', '$request_method', '[A-Z_-]{1,32}'],
		['length', '$http_content_length', '[0-9]{1,16}'],
	];
	return shown.flatMap(([variable, of, pattern]) =>
		block(`map ${of} $canary_${variable}`, [`"~^${pattern}$" ${of};`, 'default "";']),
	);
}

/** One that answers, one that nobody has, and both, of which the first may always be asked. For `http`. */
export function canaryPools(): readonly string[] {
	return [
		...block('upstream canary', [`server ${BEHIND} max_fails=0;`]),
		...block('upstream canary_nobody', [`server ${NOBODY} max_fails=0;`]),
		...block('upstream canary_other', [
			`server ${NOBODY} max_fails=0;`,
			`server ${BEHIND} max_fails=0 backup;`,
		]),
		...block('upstream canary_twice', [
			`server ${BEHIND} max_fails=0;`,
			`server ${BEHIND} max_fails=0 backup;`,
		]),
	];
}

/** What fails there fails on purpose, and whoever likes can ask for it: it is in the access log, and no news to an operator. */
const UNTOLD = ['error_log stderr emerg;'];

const NOBODY = 'unix:/run/sallyport/proxy/nobody.sock';

/** In front, for the TLS server: like a route, to the letter. */
export function canaryLocations(plan: Plan, guard: readonly string[]): readonly string[] {
	const path = canaryPath(plan);
	const usual = `limit_req zone=canary burst=${CANARY_LIMITS.burst} nodelay;`;
	const asked = (name: string, limit: string, pool: string, more: readonly string[] = []) =>
		block(`location = ${path}/${name}`, [
			...guard,
			...maintenance(plan),
			limit,
			`limit_conn canary_connections ${CANARY_LIMITS.connections};`,
			...requestHeaders(plan),
			...more,
			`proxy_pass http://${pool};`,
		]);
	return [
		...asked('echo', usual, 'canary'),
		...asked('burst', `limit_req zone=canary_burst burst=${BURST} nodelay;`, 'canary'),
		// How long a body may take between two of its bytes, here, so that a look need not last as long as a route's patience.
		...asked('slow', usual, 'canary', ['client_body_timeout 2s;']),
		...asked('cut', usual, 'canary', UNTOLD),
		...asked('once', usual, 'canary_twice', UNTOLD),
		...asked('other', usual, 'canary_other', UNTOLD),
		...asked('nobody', usual, 'canary_nobody', UNTOLD),
		...(hasCache(plan)
			? [
					...asked('kept', usual, 'canary', cacheLines('canary')),
					...asked('stale', usual, 'canary', cacheLines('canary')),
				]
			: []),
		// What is not named is nobody's either, and least of all the application's.
		...block(`location ^~ ${path}/`, [...guard, 'return 404;']),
	];
}

/** Behind, for the server on the socket. Few constant words each, and nothing that may be kept but where that is the question. */
export function canaryAnswers(plan: Plan): readonly string[] {
	const path = canaryPath(plan);
	const told = (name: string, lines: readonly string[]) =>
		block(`location = ${path}/${name}`, ['default_type application/json;', ...lines]);
	const fresh = (control: string) => [
		`more_set_headers -s '200 304' 'Cache-Control: ${control}' 'ETag: "canary"';`,
		`return 200 ${ECHO};`,
	];
	return [
		...told('cut', [
			'keepalive_timeout 0;',
			"more_set_headers 'Content-Length: 4096';",
			`return 200 ${ECHO};`,
		]),
		...told('once', ['return 444;']),
		...told('kept', ['if ($http_if_none_match = \'"canary"\') { return 304; }', ...fresh('max-age=1')]),
		// As long as nobody has an answer: asked whether an old one still holds, it goes away.
		...told('stale', [
			'if ($http_if_none_match != "") { return 444; }',
			...fresh('max-age=1, stale-if-error=2'),
		]),
		...block(`location ^~ ${path}/`, [
			'default_type application/json;',
			"more_set_headers 'Cache-Control: no-store';",
			`return 200 ${ECHO};`,
		]),
	];
}

const ECHO = String.raw`'{"canary":"$request_id","id":"$canary_id","for":"$canary_for","real":"$canary_real","host":"$canary_host","forwarded_host":"$canary_forwarded_host","original":"$canary_original","bearer":"$canary_bearer","cookie":"$canary_cookie","method":"$canary_method","length":"$canary_length","protocol":"$server_protocol"}\n'`;
