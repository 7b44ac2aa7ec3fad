import type {HealthCheck, Network, Plan} from '../proxies/plan.ts';

/** How the proxy runs; all that is `undefined` is the frontend's to choose. */
export interface ProxySettings {
	readonly instances: {readonly count: number | 'auto'; readonly variable: string | undefined} | undefined;
	/** How the application is asked whether it is well. */
	readonly health: HealthCheck;
	readonly trustedProxies: readonly Network[];
	readonly tls: {readonly minVersion: Plan['tls']['minVersion'] | undefined; readonly http3: boolean};
	readonly timeouts: {readonly [Key in keyof Plan['timeouts']]: number | undefined};
	readonly addresses: 'full' | 'truncated' | undefined;
	readonly cacheBytes: number | undefined;
}

/** As many as the supervisor keeps ports for. */
export const MAX_INSTANCES = 32;

/** Asked often enough that the third failed answer of anybody is the last, and seldom enough to cost nothing. */
export const usualCheck: HealthCheck = {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1};

/** A file that says nothing about how the proxy runs. */
export const noSettings: ProxySettings = {
	instances: undefined,
	health: usualCheck,
	trustedProxies: [],
	tls: {minVersion: undefined, http3: false},
	timeouts: {
		clientSeconds: undefined,
		connectSeconds: undefined,
		upstreamSeconds: undefined,
		drainSeconds: undefined,
	},
	addresses: undefined,
	cacheBytes: undefined,
};
