import type {Registered} from '../probe.ts';
import {cacheNoPrivateSharing} from './cache-no-private-sharing.ts';

/** What the proxy keeps, and for whom. */
export const cacheProbes = {
	'cache-no-private-sharing': {probe: cacheNoPrivateSharing, pace: 'thorough'},
} as const satisfies Readonly<Record<string, Registered>>;
