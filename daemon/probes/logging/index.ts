import type {Registered} from '../probe.ts';
import {worstProxy} from '../worst/proxy.ts';
import {incContainment} from './inc-containment.ts';
import {incFindingTriaged} from './inc-finding-triaged.ts';
import {incRecoveryRecorded} from './inc-recovery-recorded.ts';
import {logAccessComplete} from './log-access-complete.ts';
import {logDriverDurable} from './log-driver-durable.ts';
import {logIpMinimised} from './log-ip-minimised.ts';
import {logProtected} from './log-protected.ts';
import {logRedaction} from './log-redaction.ts';
import {logRetention} from './log-retention.ts';
import {monAlertTested} from './mon-alert-tested.ts';
import {monApmActive} from './mon-apm-active.ts';
import {monMetrics} from './mon-metrics.ts';
import {monNewBehaviour} from './mon-new-behaviour.ts';

const worst = worstProxy;

/** Logs, monitoring and incidents. */
export const loggingProbes = {
	'inc-containment': {probe: incContainment, pace: 'configuration'},
	'inc-finding-triaged': {probe: incFindingTriaged, pace: 'configuration'},
	'inc-recovery-recorded': {probe: incRecoveryRecorded, pace: 'configuration'},
	'log-access-complete': {probe: logAccessComplete, pace: 'thorough', worst},
	'log-driver-durable': {probe: logDriverDurable, pace: 'configuration'},
	'log-ip-minimised': {probe: logIpMinimised, pace: 'thorough', worst},
	'log-protected': {probe: logProtected, pace: 'configuration'},
	'log-redaction': {probe: logRedaction, pace: 'thorough', worst},
	'log-retention': {probe: logRetention, pace: 'rare', worst},
	'mon-alert-tested': {probe: monAlertTested, pace: 'configuration'},
	'mon-apm-active': {probe: monApmActive, pace: 'configuration', worst},
	'mon-metrics': {probe: monMetrics, pace: 'thorough', worst},
	'mon-new-behaviour': {probe: monNewBehaviour, pace: 'configuration', worst},
} as const satisfies Readonly<Record<string, Registered>>;
