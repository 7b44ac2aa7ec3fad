import type {Plan} from './plan.ts';

/**
 * Whether what a client may do depends on the path: then one that the proxy and the application could understand differently is a way
 * around it. Elsewhere an unusual path is the application's business.
 */
export function isGuarded({routes}: Plan): boolean {
	return routes.some(({access, to}) => to.kind === 'refuse' || Object.keys(access).length > 0);
}
