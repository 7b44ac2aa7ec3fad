import type {Plan, PlanRoute} from '../plan.ts';
import {accessLocations, accessOf, identityOf} from './access.ts';
import {cacheOf} from './cache.ts';
import {fileLocations, filesOf} from './files.ts';
import {hiddenHeaders} from './headers.ts';
import {routeLimits} from './limits.ts';
import {maintenance} from './pages.ts';
import {clearPath, pathPattern} from './paths.ts';
import {block} from './quote.ts';
import {METHOD, requestHeaders} from './request.ts';
import {routeErrorLocations, routeErrors} from './route-errors.ts';
import {passTo} from './upstream.ts';

/** A location for each route, in their order: of patterns nginx takes the first that fits. */
export function routeLocations(plan: Plan): readonly string[] {
	return [
		...accessLocations(plan),
		...routeErrorLocations(plan),
		...fileLocations(plan),
		...plan.routes.flatMap((route, index) => block(locationOf(route), routeLines(route, index, plan))),
	];
}

function locationOf({path, match}: PlanRoute): string {
	return path === '/' && match === 'prefix' ? 'location /' : `location ~* ${pathPattern({path, match})}`;
}

function routeLines(route: PlanRoute, index: number, plan: Plan): readonly string[] {
	const first = [
		// Kept through an error page, so that the route's headers are on its errors too.
		`set $route ${index};`,
		// One certificate serves every name, so a name that is none of ours is refused here and not in the handshake.
		'if ($known_host = "") { return 421; }',
		METHOD,
		...clearPath(plan),
		...maintenance(plan),
	];
	if (route.to.kind === 'refuse') {
		return [...first, `return ${route.to.status};`];
	}

	const open = [
		...first,
		...accessOf(route, index, plan),
		...routeErrors(route, index, plan),
		...routeLimits(route, index, plan.limits),
	];
	if (route.to.kind === 'files') {
		return [...open, ...filesOf(route, plan)];
	}

	const headers = [
		...requestHeaders(plan, identityOf(route, index)),
		...(route.headers.length > 0 ? hiddenHeaders(plan, route) : []),
	];
	return [...open, ...cacheOf(route, plan), ...passTo(route, plan, headers)];
}
