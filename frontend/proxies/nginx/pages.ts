import type {Plan, ProxyFile} from '../plan.ts';
import {ownFolder} from './paths.ts';
import {block, quoted} from './quote.ts';
import {hasGrpc} from './upstream.ts';

const FOLDER = '/opt/sallyport/conf/pages';
const JSON_ANSWER = String.raw`'{"status":$status,"request_id":"$rid"}\n'`;

/** The body that was too large is still there over HTTP/2, and would be too large for the page as well, for ever. */
export const INTERNAL = ['internal;', 'client_max_body_size 0;'];

/** What a page's status and gRPC's are read from. For `http`. */
export function pageMaps(plan: Plan): readonly string[] {
	return [
		// nginx says 502 and 504 for all that goes wrong with whom it asks. Who was never connected has seen nothing of the
		// request: that is 503, and the client may come again.
		...block('map $upstream_connect_time $unreached', ['"~^-(?:[ ,:]+-)*$" 1;', 'default "";']),
		...(hasGrpc(plan)
			? block('map $uri $grpc_status', [
					`"~^${ownFolder(plan)}/grpc/(?<grpc_status_alone>[0-9]+)$" $grpc_status_alone;`,
					'default "";',
				])
			: []),
	];
}

/** Beside the other headers of each server's answers. */
export function pageHeaders(plan: Plan): readonly string[] {
	return hasGrpc(plan) ? ['add_header grpc-status $grpc_status always;'] : [];
}

/**
 * nginx's own error pages name it. In this way every answer that the proxy makes itself is two facts and no more, or the page that
 * the project has for it. For each `server`.
 *
 * Paths and not named locations: a request line that doesn't parse has no URI, with which a named one answers 500.
 */
export function errorPages(plan: Plan): readonly string[] {
	const path = ownFolder(plan);
	return [
		// A status may lead to another one, and that to its page.
		'recursive_error_pages on;',
		...OWN_ERRORS.filter(status => !UPSTREAM_ERRORS.includes(status)).map(status => pageOf(plan, status)),
		...UPSTREAM_ERRORS.map(status => `error_page ${status} = ${path}/unreached/${status};`),
		// nginx's own codes for: header too large, certificate errors, plain HTTP on the TLS port.
		`error_page 494 =431 ${path}/error;`,
		`error_page 495 496 497 =400 ${path}/error;`,
		...block(`location = ${path}/error`, [
			...INTERNAL,
			'default_type application/json;',
			`return 200 ${JSON_ANSWER};`,
		]),
		...UPSTREAM_ERRORS.flatMap(status =>
			block(`location = ${path}/unreached/${status}`, [
				...INTERNAL,
				// Of this location alone, or the status would lead here again.
				pageOf(plan, status),
				pageOf(plan, 503),
				'if ($unreached) { return 503; }',
				`return ${status};`,
			]),
		),
		...pagesOf(plan),
	];
}

/** For every location but the health route: while the file is there, nobody else answers. */
export function maintenance({pages: {maintenance: file}}: Plan): readonly string[] {
	return file === undefined ? [] : [`if (-f ${quoted(file)}) { return 503; }`];
}

/** For locations that speak gRPC, whose clients read a status of their own: https://grpc.io, HTTP to gRPC status codes. */
export function grpcErrors(plan: Plan): readonly string[] {
	return Object.entries(GRPC_STATUS).map(
		([grpc, statuses]) => `error_page ${statuses.join(' ')} = ${ownFolder(plan)}/grpc/${grpc};`,
	);
}

/** `/robots.txt` and `/.well-known/security.txt`, where the plan has them; `guard` goes before what they answer. */
export function pageLocations(plan: Plan, guard: readonly string[]): readonly string[] {
	return textsOf(plan).flatMap(({path, name}) =>
		block(`location = ${path}`, [
			...guard,
			...maintenance(plan),
			'types { }',
			'default_type text/plain;',
			// RFC 9116 §3 wants it said.
			'charset utf-8;',
			`alias ${FOLDER}/${name};`,
		]),
	);
}

/** The texts, as files: nothing in a configuration file may span lines that somebody else has written. */
export function pageFiles(plan: Plan): readonly ProxyFile[] {
	return textsOf(plan).map(({name, text}) => ({
		path: `${FOLDER}/${name}`,
		mode: 0o644,
		content: text.endsWith('\n') ? text : `${text}\n`,
	}));
}

function textsOf({pages: {robots, securityTxt}, routes}: Plan): readonly Text[] {
	return [
		{path: '/robots.txt', name: 'robots.txt', text: robots},
		{path: '/.well-known/security.txt', name: 'security.txt', text: securityTxt},
	].flatMap(({path, name, text}) =>
		text === undefined || routes.some(route => route.match === 'exact' && route.path === path)
			? []
			: [{path, name, text}],
	);
}

interface Text {
	readonly path: string;
	readonly name: string;
	readonly text: string;
}

function pageOf(plan: Plan, status: number): string {
	const {errors, maintenance: file} = plan.pages;
	const special = errors.some(page => page.status === status) || (status === 503 && file !== undefined);
	return `error_page ${status} ${ownFolder(plan)}/${special ? `page/${status}` : 'error'};`;
}

function pagesOf(plan: Plan): readonly string[] {
	const path = ownFolder(plan);
	const {errors, maintenance: file} = plan.pages;
	const pages = new Map(errors.map(page => [page.status, page.file]));
	return [
		...[...new Set([...pages.keys(), ...(file === undefined ? [] : [503])])].flatMap(status =>
			block(`location = ${path}/page/${status}`, [
				...INTERNAL,
				...(status === 503 && file !== undefined
					? [`if (-f ${quoted(file)}) { rewrite ^ ${path}/maintenance last; }`]
					: []),
				...htmlOf(path, pages.get(status)),
			]),
		),
		...(file === undefined
			? []
			: block(`location = ${path}/maintenance`, [...INTERNAL, ...htmlOf(path, file)])),
		...(hasGrpc(plan) ? Object.keys(GRPC_STATUS) : []).flatMap(grpc =>
			block(`location = ${path}/grpc/${grpc}`, [
				...INTERNAL,
				'default_type application/grpc;',
				// No body, so that the header is the end of the stream: gRPC calls it trailers-only.
				'return 200 "";',
			]),
		),
	];
}

/** A page that isn't there is no reason to say less than without one. */
function htmlOf(path: string, file: string | undefined): readonly string[] {
	return file === undefined
		? [`rewrite ^ ${path}/error last;`]
		: [
				`if (!-f ${quoted(file)}) { rewrite ^ ${path}/error last; }`,
				'types { }',
				'default_type text/html;',
				'charset utf-8;',
				`alias ${quoted(file)};`,
			];
}

const OWN_ERRORS = [
	308, 400, 401, 403, 404, 405, 408, 410, 411, 412, 413, 414, 416, 421, 429, 500, 501, 502, 503, 504, 505,
];
const UPSTREAM_ERRORS = [502, 504];

const GRPC_STATUS = {
	// INTERNAL, UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED, RESOURCE_EXHAUSTED, UNAVAILABLE, UNKNOWN
	13: [400],
	16: [401],
	7: [403],
	12: [404, 405],
	8: [413],
	14: [429, 502, 503, 504],
	2: [408, 410, 411, 412, 414, 416, 421, 500, 501, 505],
};
