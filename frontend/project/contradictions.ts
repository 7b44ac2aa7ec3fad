import type {Door, Path} from '../project-door.ts';
import type {Access, PlanPages, PlanUpstream} from '../proxies/plan.ts';
import {inheritedAccess, protections} from './inherited.ts';
import type {StatedRoute} from './routes.ts';

interface Stated {
	readonly routes: readonly StatedRoute[];
	readonly upstreams: readonly PlanUpstream[];
	readonly pages: PlanPages;
}

/**
 * What no single value is wrong about: routes that take the place of each other, that cannot be reached, or that open what
 * another one closes.
 * @throws {FrontendError} at the route that comes second
 */
export function refuseContradictions(door: Door, stated: Stated): void {
	refuseRepeated(door, stated);
	refuseTakenPages(door, stated);
	refuseUnknownUpstreams(door, stated);
	const access = inheritedAccess(stated.routes);
	for (const [index, route] of stated.routes.entries()) {
		refuseHalfProtected(door, index, stated.routes);
		refuseSharedAnswers(door, index, route, access[index] ?? {});
		refuseOwnQuestion(door, index, route);
	}
}

function keyOf({path, match}: Pick<StatedRoute, 'path' | 'match'>): string {
	return `${match} ${path.toLowerCase()}`;
}

function refuseRepeated(door: Door, {routes}: Stated): void {
	const seen = new Map<string, StatedRoute>();
	for (const [index, route] of routes.entries()) {
		const before = seen.get(keyOf(route));
		if (before !== undefined) {
			const how =
				before.path === route.path
					? 'again'
					: `which is ${before.path} again: upper and lower case are the same here`;
			door.refuse(
				['routes', index],
				`routes.${index} says ${route.path} ${how} (line ${before.line}), and only one of them could hold`,
			);
		}

		seen.set(keyOf(route), route);
	}
}

/** Pages that the proxy answers by itself before any route is looked at. */
function refuseTakenPages(door: Door, {routes, pages}: Stated): void {
	const own = new Map<string, string>([
		...(pages.robots === undefined ? [] : [['/robots.txt', 'pages.robots'] as const]),
		...(pages.securityTxt === undefined ? [] : [['/.well-known/security.txt', 'pages.securityTxt'] as const]),
	]);
	for (const [index, {path, match}] of routes.entries()) {
		const page = own.get(path.toLowerCase());
		if (page !== undefined && match === 'exact') {
			door.refuse(
				['routes', index],
				`routes.${index} can never be reached: ${path} is answered by ${page}; leave one of them out`,
			);
		}
	}
}

function refuseUnknownUpstreams(door: Door, {routes, upstreams}: Stated): void {
	const known = upstreams.map(({name}) => name);
	const names = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
	const asked = routes.flatMap((route, index) =>
		asksOf(route).map(ask => ({...ask, at: ['routes', index, ...ask.path]})),
	);
	for (const {name, at} of asked) {
		if (!known.includes(name)) {
			door.refuse(at, `${at.join('.')} names the upstream ${name}, and ${names} under "upstreams:"`);
		}
	}

	const unused = known.find(name => !asked.some(ask => ask.name === name));
	if (unused !== undefined) {
		door.refuseKey(
			['upstreams', unused],
			`upstreams.${unused} is reached by no route; give it one, or leave it out`,
		);
	}
}

/** The upstreams that a route goes to or asks, and where it says so. */
function asksOf({to, access}: StatedRoute): readonly {readonly name: string; readonly path: Path}[] {
	const forward = access === 'open' ? undefined : access.forward?.upstream;
	return [
		...(to.kind === 'upstream' ? [{name: to.name, path: ['to', 'upstream']}] : []),
		...(forward === undefined ? [] : [{name: forward, path: ['access', 'forward', 'upstream']}]),
	];
}

/**
 * `/admin` alone is one spelling of many: `/admin/` and `/admin;x` would pass by it. So what asks who comes is a prefix, and an
 * exact path can only be opened, below a prefix of another path.
 */
function refuseHalfProtected(door: Door, index: number, routes: readonly StatedRoute[]): void {
	const {path, match, access} = routes[index] as StatedRoute; // Of the list itself.
	if (match !== 'exact') {
		return;
	}

	const at = ['routes', index, 'access'];
	const twin = routes.find(
		other => other.match === 'prefix' && other.path.toLowerCase() === path.toLowerCase(),
	);
	if (access !== 'open' && protections(access).length > 0) {
		door.refuse(
			at,
			`${at.join('.')} protects ${path} exactly and lets ${path}/ and ${path};x pass; write "match: prefix"`,
		);
	}

	if (
		access === 'open' &&
		twin !== undefined &&
		twin.access !== 'open' &&
		protections(twin.access).length > 0
	) {
		door.refuse(
			at,
			`${at.join('.')} opens ${path}, and the prefix of the same path (line ${twin.line}) closes it; leave one of them out`,
		);
	}
}

/** What has been let in for who it is gets an answer of its own, which a cache would give to the next. */
function refuseSharedAnswers(
	door: Door,
	index: number,
	{path, cache, to}: StatedRoute,
	access: Access,
): void {
	const at = ['routes', index, 'cache'];
	const personal = protections(access).filter(kind => kind !== 'addresses');
	if (cache === undefined) {
		return;
	}

	if (personal.length > 0) {
		door.refuse(
			at,
			`${at.join('.')}: ${path} asks who comes (${personal.join(', ')}), so its answers are somebody's and are not kept; leave "cache" out`,
		);
	}

	const isKept = (to.kind === 'application' || to.kind === 'upstream') && to.protocol === 'http';
	if (!isKept) {
		door.refuse(
			at,
			`${at.join('.')}: only plain answers of the application or an upstream are kept; leave "cache" out`,
		);
	}
}

function refuseOwnQuestion(door: Door, index: number, {path, to, access}: StatedRoute): void {
	const forward = access === 'open' ? undefined : access.forward;
	const own = to.kind === 'upstream' ? to.name : to.kind === 'application' ? undefined : '';
	if (
		forward !== undefined &&
		forward.path.toLowerCase() === path.toLowerCase() &&
		forward.upstream === own
	) {
		const at = ['routes', index, 'access', 'forward'];
		door.refuse(
			at,
			`${at.join('.')}: whether ${path} may be asked would be asked of ${path} itself; let another path decide`,
		);
	}
}
