import type {Registered} from '../probe.ts';
import {worstProxy} from '../worst/proxy.ts';
import {cacheKeyComplete} from './cache-key-complete.ts';
import {cacheNoPrivateSharing} from './cache-no-private-sharing.ts';
import {cachePurgeOnDeploy} from './cache-purge-on-deploy.ts';
import {cacheStaleBounded} from './cache-stale-bounded.ts';
import {cacheValidityBounded} from './cache-validity-bounded.ts';
import {procErrorRate} from './proc-error-rate.ts';
import {proxyNoUnsafeRetry} from './proxy-no-unsafe-retry.ts';
import {reqIdCorrelated} from './req-id-correlated.ts';
import {respIntegrity} from './resp-integrity.ts';

const worst = worstProxy;

/** What the proxy keeps, and for whom; and whether what comes out is what went in. */
export const cacheProbes = {
	'cache-no-private-sharing': {probe: cacheNoPrivateSharing, pace: 'thorough', worst},
	'cache-validity-bounded': {probe: cacheValidityBounded, pace: 'thorough', worst},
	'cache-key-complete': {probe: cacheKeyComplete, pace: 'thorough', worst},
	'cache-stale-bounded': {probe: cacheStaleBounded, pace: 'rare', worst},
	'cache-purge-on-deploy': {probe: cachePurgeOnDeploy, pace: 'configuration', worst},
	'req-id-correlated': {probe: reqIdCorrelated, pace: 'thorough', worst},
	'resp-integrity': {probe: respIntegrity, pace: 'thorough', worst},
	'proxy-no-unsafe-retry': {probe: proxyNoUnsafeRetry, pace: 'thorough', worst},
	'proc-error-rate': {probe: procErrorRate, pace: 'thorough', worst},
} as const satisfies Readonly<Record<string, Registered>>;
