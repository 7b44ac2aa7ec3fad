import type {Registered} from '../probe.ts';
import {chgDigestAttested} from './chg-digest-attested.ts';
import {chgEmergency} from './chg-emergency.ts';
import {chgPolicyCurrent} from './chg-policy-current.ts';
import {evCollectorAlive} from './ev-collector-alive.ts';
import {govWaiversValid} from './gov-waivers-valid.ts';
import {imageSignedAfterPolicy} from './image-signed-after-policy.ts';

/** What runs is what was approved, and the record says so. */
export const changeProbes = {
	'chg-digest-attested': {probe: chgDigestAttested, pace: 'configuration'},
	'chg-emergency': {probe: chgEmergency, pace: 'configuration'},
	'chg-policy-current': {probe: chgPolicyCurrent, pace: 'configuration'},
	'ev-collector-alive': {probe: evCollectorAlive, pace: 'configuration'},
	'gov-waivers-valid': {probe: govWaiversValid, pace: 'configuration'},
	'image-signed-after-policy': {probe: imageSignedAfterPolicy, pace: 'configuration'},
} as const satisfies Readonly<Record<string, Registered>>;
