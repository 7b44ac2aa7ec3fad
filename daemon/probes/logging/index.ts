import type {Registered} from '../probe.ts';
import {logAccessComplete} from './log-access-complete.ts';

/** Logs, monitoring and incidents. */
export const loggingProbes = {
	'log-access-complete': {probe: logAccessComplete, pace: 'thorough'},
} as const satisfies Readonly<Record<string, Registered>>;
