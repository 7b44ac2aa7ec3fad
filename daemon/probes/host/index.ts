import type {Registered} from '../probe.ts';
import {evKeyCustody} from './ev-key-custody.ts';
import {evLogVerifiable} from './ev-log-verifiable.ts';
import {evRetention} from './ev-retention.ts';
import {govPolicyApproved} from './gov-policy-approved.ts';
import {hostEnginePosture} from './host-engine-posture.ts';
import {logTimeSync} from './log-time-sync.ts';

/** The host under the containers, and the record that is kept on it. */
export const hostProbes = {
	'ev-key-custody': {probe: evKeyCustody, pace: 'configuration'},
	'ev-log-verifiable': {probe: evLogVerifiable, pace: 'configuration'},
	'ev-retention': {probe: evRetention, pace: 'configuration'},
	'gov-policy-approved': {probe: govPolicyApproved, pace: 'configuration'},
	'host-engine-posture': {probe: hostEnginePosture, pace: 'configuration'},
	'log-time-sync': {probe: logTimeSync, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
