import type {Plan, PlanRoute} from '../plan.ts';
import {canaryMiddlewares, canaryRoute, canaryRouters} from './canary.ts';
import {pathRule} from './paths.ts';
import {hasOthers, serviceOf} from './services.ts';
import {type Value, verbatim} from './yaml.ts';

/** What clients meet, in one file: Traefik reads the routers in it, and our middleware its comments. */
export const SETTINGS = '/opt/sallyport/conf/dynamic.yaml';

/** One router for each route; the plan has them in order, so the first gets the highest priority. */
export function routers(plan: Plan): Readonly<Record<string, Value>> {
	const {routes} = plan;
	return {
		redirect: {
			entryPoints: ['redirect'],
			rule: ANYTHING,
			middlewares: ['redirect'],
			service: 'noop@internal',
		},
		...Object.fromEntries(
			routes.map((route, index) => [
				`route-${index}`,
				{
					entryPoints: ['https'],
					rule: pathRule(route),
					priority: routes.length - index + 1,
					middlewares: chainOf(plan, route, index),
					service: serviceOf(route.to),
				},
			]),
		),
		...canaryRouters(plan),
		// `OPTIONS *` and what else is no path.
		rest: {
			entryPoints: ['https'],
			rule: ANYTHING,
			priority: 1,
			middlewares: [`edge-${routes.length}`],
			service: 'noop@internal',
		},
	};
}

const ANYTHING = 'PathRegexp(`^`)';

export function middlewares(plan: Plan): Readonly<Record<string, Value>> {
	const part = (name: string, route: number): Value => ({
		plugin: {layer: {settings: SETTINGS, part: name, route}},
	});
	return {
		redirect: part('redirect', plan.routes.length),
		// For nobody. At SIGHUP Traefik passes over a file that says what it said before, and with it over a new list of authorities.
		loaded: {headers: {customRequestHeaders: {'X-Loaded': verbatim('"{{ now | unixEpoch }}"')}}},
		// Per client: an IPv6 client has 2^64 addresses of its own.
		connections: {inFlightReq: {amount: plan.limits.connections, sourceCriterion: CLIENT}},
		...Object.fromEntries(
			plan.routes.flatMap((route, index) => [
				[`edge-${index}`, part('edge', index)] as const,
				[`rate-${index}`, rateOf(plan, route)] as const,
				...(isGuarded(route) ? [[`guard-${index}`, part('guard', index)] as const] : []),
				...(isRetried(plan, route) ? [[`retry-${index}`, RETRY] as const] : []),
			]),
		),
		[`edge-${plan.routes.length}`]: part('edge', plan.routes.length),
		[`edge-${canaryRoute(plan)}`]: part('edge', canaryRoute(plan)),
		...canaryMiddlewares(),
	};
}

/** Whether the layer looks at a route's requests once more, behind the limits. */
function isGuarded({access, to}: PlanRoute): boolean {
	return to.kind === 'files' || Object.keys(access).length > 0;
}

const CLIENT = {ipStrategy: {ipv6Subnet: 64}};
/**
 * Never a POST: one that may have arrived is not sent twice. By itself Traefik repeats only what no server has begun to read; 502 is
 * what it makes of a server that ended in between.
 */
const RETRY = {retry: {attempts: 3, status: ['502'], retryNonIdempotentMethod: false}};

function chainOf(plan: Plan, route: PlanRoute, index: number): readonly string[] {
	return [
		`edge-${index}`,
		...(route.to.kind === 'refuse' ? [] : ['connections', `rate-${index}`]),
		...(isGuarded(route) ? [`guard-${index}`] : []),
		...(isRetried(plan, route) ? [`retry-${index}`] : []),
	];
}

function isRetried(plan: Plan, {to}: PlanRoute): boolean {
	return (
		(to.kind === 'application' || to.kind === 'upstream') && to.protocol === 'http' && hasOthers(plan, to)
	);
}

function rateOf(plan: Plan, {limits}: PlanRoute): Value {
	const {requestsPerSecond, burst} = {...plan.limits, ...limits};
	// nginx's burst comes on top of the one that is always let through; Traefik's contains it.
	return {rateLimit: {average: requestsPerSecond, period: '1s', burst: burst + 1, sourceCriterion: CLIENT}};
}
