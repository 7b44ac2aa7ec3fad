import type {Registered} from '../probe.ts';
import {worstAttested} from '../worst/attested.ts';
import {chgConfigDrift} from './chg-config-drift.ts';
import {chgDigestAttested} from './chg-digest-attested.ts';
import {chgEmergency} from './chg-emergency.ts';
import {chgEnvSeparation} from './chg-env-separation.ts';
import {chgFilesystemDrift} from './chg-filesystem-drift.ts';
import {chgPolicyCurrent} from './chg-policy-current.ts';
import {chgProxyDrift} from './chg-proxy-drift.ts';
import {evCollectorAlive} from './ev-collector-alive.ts';
import {evPopulationComplete} from './ev-population-complete.ts';
import {govWaiversValid} from './gov-waivers-valid.ts';
import {imageSignedAfterPolicy} from './image-signed-after-policy.ts';

/** What runs is what was approved, and the record says so. */
export const changeProbes = {
	'chg-config-drift': {probe: chgConfigDrift, pace: 'configuration'},
	'chg-digest-attested': {probe: chgDigestAttested, pace: 'configuration'},
	'chg-emergency': {probe: chgEmergency, pace: 'configuration'},
	'chg-env-separation': {probe: chgEnvSeparation, pace: 'configuration'},
	'chg-filesystem-drift': {probe: chgFilesystemDrift, pace: 'thorough'},
	'chg-policy-current': {probe: chgPolicyCurrent, pace: 'configuration'},
	'chg-proxy-drift': {probe: chgProxyDrift, pace: 'thorough', worst: worstAttested},
	'ev-collector-alive': {probe: evCollectorAlive, pace: 'configuration'},
	'ev-population-complete': {probe: evPopulationComplete, pace: 'configuration'},
	'gov-waivers-valid': {
		probe: govWaiversValid,
		pace: 'configuration',
		neverPasses: 'it speaks where there is no waiver; where there is one, what waives answers in its place',
	},
	'image-signed-after-policy': {probe: imageSignedAfterPolicy, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
