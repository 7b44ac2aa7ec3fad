import type {Plan, PlanRoute} from '../plan.ts';
import {errorPages, grpcErrors, INTERNAL} from './pages.ts';
import {ownFolder} from './paths.ts';
import {block} from './quote.ts';

/**
 * What an error leads to in a route's location, where it isn't what the server says. One `error_page` in a location drops all inherited
 * ones, so these are all of them.
 */
export function routeErrors(route: PlanRoute, index: number, plan: Plan): readonly string[] {
	const {access, headers, to} = route;
	const isAsked = access.forward !== undefined || access.jwt !== undefined;
	if ('protocol' in to && to.protocol === 'grpc') {
		// Of two for a status the first counts. 14 is UNAVAILABLE.
		return [...(isAsked ? [`error_page 500 = ${ownFolder(plan)}/grpc/14;`] : []), ...grpcErrors(plan)];
	}

	const lines = errorPages(plan).filter(line => line.startsWith('error_page '));
	const unavailable = lines.find(line => line.startsWith('error_page 503 '))?.slice('error_page 503 '.length);
	const own = {
		// nginx says 500 when who was asked for permission can't be; to a client that is a proxy without a server: 503, try again.
		...(isAsked ? {500: `error_page 500 =503 ${unavailable}`} : {}),
		...(headers.length === 0 ? {} : {413: `error_page 413 = ${largePath(index, plan)};`}),
	};
	const replaced = Object.keys(own);
	return replaced.length === 0
		? []
		: [
				...lines.filter(line => !replaced.some(status => line.startsWith(`error_page ${status} `))),
				...Object.values(own),
			];
}

/** A body that is too large by its length is refused before the location's own `set`, so the route is said once more. */
export function routeErrorLocations(plan: Plan): readonly string[] {
	return plan.routes.flatMap(({headers}, index) =>
		headers.length === 0
			? []
			: block(`location = ${largePath(index, plan)}`, [...INTERNAL, `set $route ${index};`, 'return 413;']),
	);
}

function largePath(index: number, plan: Plan): string {
	return `${ownFolder(plan)}/large-${index}`;
}
