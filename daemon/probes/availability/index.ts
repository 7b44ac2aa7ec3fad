import type {Registered} from '../probe.ts';
import {worstProxy} from '../worst/proxy.ts';
import {worstReplicas} from '../worst/replicas.ts';
import {availCapacityHeadroom} from './avail-capacity-headroom.ts';
import {availCpuLimit} from './avail-cpu-limit.ts';
import {availGracefulStop} from './avail-graceful-stop.ts';
import {availMemoryLimit} from './avail-memory-limit.ts';
import {availMinReplicas} from './avail-min-replicas.ts';
import {availNoCrashLoop} from './avail-no-crash-loop.ts';
import {availPidsLimit} from './avail-pids-limit.ts';
import {availRestartPolicy} from './avail-restart-policy.ts';
import {availUlimits} from './avail-ulimits.ts';
import {healthCheckDefined} from './health-check-defined.ts';
import {healthRouting} from './health-routing.ts';
import {healthState} from './health-state.ts';

/** Limits of resources, health, and getting up again. */
export const availabilityProbes = {
	'avail-graceful-stop': {probe: availGracefulStop, pace: 'light'},
	'avail-capacity-headroom': {probe: availCapacityHeadroom, pace: 'configuration'},
	'avail-cpu-limit': {probe: availCpuLimit, pace: 'configuration'},
	'avail-memory-limit': {probe: availMemoryLimit, pace: 'configuration'},
	'avail-min-replicas': {probe: availMinReplicas, pace: 'configuration', worst: worstReplicas},
	'avail-no-crash-loop': {probe: availNoCrashLoop, pace: 'configuration'},
	'avail-pids-limit': {probe: availPidsLimit, pace: 'configuration'},
	'avail-restart-policy': {probe: availRestartPolicy, pace: 'configuration'},
	'avail-ulimits': {probe: availUlimits, pace: 'configuration'},
	'health-check-defined': {probe: healthCheckDefined, pace: 'configuration'},
	'health-routing': {probe: healthRouting, pace: 'thorough', worst: worstProxy},
	'health-state': {probe: healthState, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
