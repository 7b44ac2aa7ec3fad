import {
	choiceAt,
	type Door,
	integerAt,
	listAt,
	type Mapping,
	mappingAt,
	type Path,
	textAt,
} from '../project-door.ts';
import type {PlanRoute, RouteCache, RouteTarget} from '../proxies/plan.ts';
import {accessAt, type StatedAccess, upstreamNameAt} from './access.ts';
import {routeHeadersAt, type StatedHeaders} from './headers.ts';
import {routePathAt} from './route-path.ts';
import {booleanAt, defined, FOLDER, isMapping, required, sizeAt, TOKEN} from './values.ts';

/** A route as it is stated: what it inherits is not in it yet. */
export interface StatedRoute extends Pick<PlanRoute, 'path' | 'match' | 'to' | 'limits'> {
	readonly access: StatedAccess;
	readonly cache: RouteCache | undefined;
	readonly headers: Pick<StatedHeaders, 'csp' | 'set'>;
	readonly line: number;
}

/** More is a program and not a configuration. */
export const MAX_ROUTES = 256;
const KEYS = ['path', 'match', 'to', 'protocol', 'access', 'limits', 'cache', 'headers'] as const;

export function routesAt(door: Door, value: unknown): readonly StatedRoute[] {
	return listAt(door, ['routes'], value, MAX_ROUTES).map((raw, index) => {
		const path = ['routes', index];
		const route = mappingAt(door, path, raw, KEYS);
		const match = choiceAt(door, [...path, 'match'], route['match'], ['prefix', 'exact']) ?? 'prefix';
		const to = targetAt(door, path, route);
		return {
			path: routePathAt(door, [...path, 'path'], route['path'], match),
			match,
			to,
			access: accessAt(door, [...path, 'access'], route['access']),
			limits: limitsAt(door, [...path, 'limits'], route['limits']),
			cache: cacheAt(door, [...path, 'cache'], route['cache']),
			headers: routeHeadersAt(door, [...path, 'headers'], route['headers']),
			line: door.lineOf(path),
		};
	});
}

const TO_WORDS = '"application", {upstream: NAME}, {files: /folder} or {refuse: 404}';

function targetAt(door: Door, path: Path, {to = 'application', protocol: stated}: Mapping): RouteTarget {
	const at = [...path, 'to'];
	const protocol = choiceAt(door, [...path, 'protocol'], stated, ['http', 'stream', 'grpc']) ?? 'http';
	if (to === 'application') {
		return {kind: 'application', protocol};
	}

	if (!isMapping(to)) {
		return door.refuse(at, `${at.join('.')} is ${TO_WORDS}`);
	}

	const target = mappingAt(door, at, to, ['upstream', 'files', 'fallback', 'maxAge', 'refuse']);
	const kinds = ['upstream', 'files', 'refuse'].filter(kind => kind in target);
	const [kind] = kinds;
	if (kinds.length !== 1 || kind === undefined) {
		return door.refuse(at, `${at.join('.')} is one of ${TO_WORDS}, and not several of them`);
	}

	if (kind !== 'files' && ('fallback' in target || 'maxAge' in target)) {
		door.refuse(at, `${at.join('.')}: "fallback" and "maxAge" are for files`);
	}

	if (kind !== 'upstream' && stated !== undefined) {
		door.refuse(
			[...path, 'protocol'],
			`${path.join('.')}.protocol is for the application and upstreams; this route goes to neither`,
		);
	}

	return readers[kind]?.(door, at, target, protocol) ?? door.refuse(at, `${at.join('.')} is ${TO_WORDS}`);
}

type Protocol = 'http' | 'stream' | 'grpc';
type TargetReader = (door: Door, at: Path, target: Mapping, protocol: Protocol) => RouteTarget;

const readers: Readonly<Record<string, TargetReader>> = {
	upstream: (door, at, {upstream}, protocol) => {
		const path = [...at, 'upstream'];
		const name = upstreamNameAt(door, path, upstream ?? '');
		return name === undefined
			? door.refuse(path, `${path.join('.')} is a name`)
			: {kind: 'upstream', name, protocol};
	},
	files: filesAt,
	refuse: (door, at, {refuse}) => {
		const path = [...at, 'refuse'];
		const status = ([403, 404, 410] as const).find(each => each === refuse);
		return status === undefined
			? door.refuse(path, `${path.join('.')} is 403, 404 or 410`)
			: {kind: 'refuse', status};
	},
};

/** Where keys, other parts of the proxy and secrets lie: never for everybody to read. */
const KEPT = /^\/(?:run|var\/run|opt\/sallyport|tmp)(?:\/|$)/;
/** A file below a folder, without a way up and without hidden ones. */
const BELOW = /^[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}(?:\/[A-Za-z0-9_@+-][A-Za-z0-9._@+-]{0,63}){0,7}$/;

function filesAt(door: Door, at: Path, {files, fallback, maxAge}: Mapping): RouteTarget {
	const path = [...at, 'files'];
	const expected = "a folder of the image such as /srv/www, and none of the system's own";
	const folder = required(door, path, files ?? '', textAt, {pattern: FOLDER, expected});
	if (KEPT.test(folder)) {
		door.refuse(path, `${path.join('.')} is ${expected}`);
	}

	return {
		kind: 'files',
		folder,
		maxAgeSeconds: integerAt(door, [...at, 'maxAge'], maxAge, {min: 0, max: 31_536_000}) ?? 0,
		...defined({
			fallback: textAt(door, [...at, 'fallback'], fallback, {
				pattern: BELOW,
				expected: 'a file below that folder, such as index.html',
			}),
		}),
	};
}

function limitsAt(door: Door, path: Path, value: unknown): PlanRoute['limits'] {
	const limits = mappingAt(door, path, value, ['body', 'rate', 'burst']);
	return defined({
		bodyBytes: sizeAt(door, [...path, 'body'], limits['body']),
		requestsPerSecond: integerAt(door, [...path, 'rate'], limits['rate'], {min: 1, max: 10_000}),
		burst: integerAt(door, [...path, 'burst'], limits['burst'], {min: 1, max: 100_000}),
	});
}

function cacheAt(door: Door, path: Path, value: unknown): RouteCache | undefined {
	if (!isMapping(value)) {
		return booleanAt(door, path, value) === true ? {ignoredCookies: []} : undefined;
	}

	const {ignoreCookies} = mappingAt(door, path, value, ['ignoreCookies']);
	const at = [...path, 'ignoreCookies'];
	const expected = {pattern: TOKEN, expected: 'the name of a cookie, such as _ga'};
	return {
		ignoredCookies: listAt(door, at, ignoreCookies, 32).map((name, index) =>
			required(door, [...at, index], name, textAt, expected),
		),
	};
}
