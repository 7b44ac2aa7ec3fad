import type {Access, PlanRoute} from '../proxies/plan.ts';
import {covers} from './route-path.ts';
import type {StatedRoute} from './routes.ts';

export type Protection = keyof Access;

/** The kinds of access control that are asked for. */
export function protections(access: Access): readonly Protection[] {
	return (Object.keys(access) as Protection[]).filter(kind => access[kind] !== undefined).toSorted(); // Its own keys.
}

/**
 * The access of each route, with what it inherits: a kind that it does not speak of is that of the closest prefix above it, so that
 * a route that only has another limit does not open what is closed. Another way to say who one is takes the place of those above.
 * `open` inherits nothing, and gives nothing on.
 */
export function inheritedAccess(routes: readonly StatedRoute[]): readonly Access[] {
	const prefixes = routes
		.filter(({match}) => match === 'prefix')
		.toSorted((a, b) => a.path.length - b.path.length);
	const known = new Map<StatedRoute, Access>();
	const resolve = (route: StatedRoute): Access => {
		if (route.access === 'open') {
			return {};
		}

		// Shorter ones are resolved already, so the closest has all that is above it.
		const above = prefixes.findLast(
			each => each !== route && each.path.length <= route.path.length && isAbove(each, route),
		);
		return inherited(above === undefined ? {} : (known.get(above) ?? {}), route.access);
	};
	for (const prefix of prefixes) {
		known.set(prefix, resolve(prefix));
	}

	return routes.map(route => known.get(route) ?? resolve(route));
}

/** Ways to say who one is: who states one of them states all. */
const IDENTITY: readonly Protection[] = ['basic', 'forward', 'jwt'];

function inherited(above: Access, own: Access): Access {
	const kept = protections(above).filter(
		kind => !IDENTITY.includes(kind) || !IDENTITY.some(each => own[each] !== undefined),
	);
	const addresses = addressesOf(above.addresses, own.addresses);
	return {
		...Object.fromEntries(kept.map(kind => [kind, above[kind]])),
		...own,
		...(addresses === undefined ? {} : {addresses}),
	};
}

/** Who only denies somebody lets in nobody else, and who is denied above stays denied. */
function addressesOf(above: Access['addresses'], own: Access['addresses']): Access['addresses'] {
	return above === undefined || own === undefined
		? (own ?? above)
		: {
				allow: own.allow.length > 0 ? own.allow : above.allow,
				deny: [...new Set([...above.deny, ...own.deny])],
			};
}

function isAbove(prefix: Pick<PlanRoute, 'path' | 'match'>, {path, match}: StatedRoute): boolean {
	const isSelf = prefix.path.toLowerCase() === path.toLowerCase() && match === 'prefix';
	return !isSelf && covers(prefix, path);
}
