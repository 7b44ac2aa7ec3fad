import type {Plan} from './plan.ts';

/** Not the plan's own: where a route allows one request a second, a look still has to see what it asks for. */
export const CANARY_LIMITS = {requestsPerSecond: 20, burst: 100, connections: 20} as const;

/**
 * Where the run gate asks what it would ask of no application: floods, halves of requests, markers. The proxy answers them itself,
 * from behind itself, by the same words as a route. Beside the health page, as its folder is nobody's route.
 */
export function canaryPath({healthPath}: Pick<Plan, 'healthPath'>): string {
	return healthPath.toLowerCase().startsWith('/.sallyport/canary')
		? '/.sallyport-canary'
		: '/.sallyport/canary';
}
