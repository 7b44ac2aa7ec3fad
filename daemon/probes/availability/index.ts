import type {Registered} from '../probe.ts';
import {availMemoryLimit} from './avail-memory-limit.ts';
import {availPidsLimit} from './avail-pids-limit.ts';
import {healthCheckDefined} from './health-check-defined.ts';
import {healthState} from './health-state.ts';

/** Limits of resources, health, and getting up again. */
export const availabilityProbes = {
	'avail-memory-limit': {probe: availMemoryLimit, pace: 'configuration'},
	'avail-pids-limit': {probe: availPidsLimit, pace: 'configuration'},
	'health-check-defined': {probe: healthCheckDefined, pace: 'configuration'},
	'health-state': {probe: healthState, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
