import type {Plan, PlanRoute, PlanUpstream, RouteTarget} from './plan.ts';

/** Where a plan asks for something: a line of the project file, or the key that says it. */
export interface Place {
	readonly line?: number;
	readonly key?: string;
}

/** Pure: the places of a plan that need a feature, none where it does not. */
export type Uses = (plan: Plan) => readonly Place[];

/** What no plan is without. */
export const always: Uses = () => [{}];

export function when(isUsed: (plan: Plan) => boolean, key: string): Uses {
	return plan => (isUsed(plan) ? [{key}] : []);
}

export function routesWhere(isUsed: (route: PlanRoute) => boolean): Uses {
	return ({routes}) => routes.filter(isUsed).map(({line}) => (line === undefined ? {} : {line}));
}

export function upstreamsWhere(isUsed: (upstream: PlanUpstream) => boolean): Uses {
	return ({upstreams}) => upstreams.filter(isUsed).map(({line}) => ({line}));
}

/** How what a route goes to is spoken to. */
export function called(to: RouteTarget): 'http' | 'stream' | 'grpc' | undefined {
	return to.kind === 'application' || to.kind === 'upstream' ? to.protocol : undefined;
}
