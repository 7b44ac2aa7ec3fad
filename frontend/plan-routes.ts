import {routeHeadersFor} from './plan-headers.ts';
import {inheritedAccess} from './project/inherited.ts';
import type {StatedRoute} from './project/routes.ts';
import {defined} from './project/values.ts';
import type {Project} from './project.ts';
import type {PlanHeader, PlanRoute} from './proxies/plan.ts';

/**
 * The routes of a plan, the most specific first, with all that they inherit. A project that says nothing of `/` means the application,
 * or 404 where there is none.
 */
export function routesFor(
	{routes}: Pick<Project, 'routes'>,
	hasApplication: boolean,
	headers: readonly PlanHeader[],
): readonly PlanRoute[] {
	const access = inheritedAccess(routes);
	const stated = routes.map(
		({path, match, to, limits, cache, headers: own, line}, index): PlanRoute => ({
			path,
			match,
			to,
			access: access[index] ?? {},
			limits,
			...defined({cache}),
			headers: routeHeadersFor(own, headers),
			line,
		}),
	);
	const isWhole = stated.some(({path, match}) => path === '/' && match === 'prefix');
	return [...stated, ...(isWhole ? [] : [everything(hasApplication)])].toSorted(bySpecificity);
}

function everything(hasApplication: boolean): PlanRoute {
	return {
		path: '/',
		match: 'prefix',
		to: hasApplication ? {kind: 'application', protocol: 'http'} : {kind: 'refuse', status: 404},
		access: {},
		limits: {},
		headers: [],
	};
}

function bySpecificity(a: PlanRoute, b: PlanRoute): number {
	const byMatch = Number(a.match === 'prefix') - Number(b.match === 'prefix');
	return byMatch || b.path.length - a.path.length || (a.path < b.path ? -1 : 1);
}

/** The first of the routes that cannot do without the application, by going to it or by asking it. */
export function needingApplication(routes: readonly StatedRoute[]): StatedRoute | undefined {
	return routes.find(({to, access}) => {
		const asks = access !== 'open' && access.forward !== undefined && access.forward.upstream === undefined;
		return to.kind === 'application' || asks;
	});
}
