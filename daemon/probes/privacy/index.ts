import type {Registered} from '../probe.ts';
import {worstWeb} from '../worst/web.ts';
import {privCookieAttributes} from './priv-cookie-attributes.ts';
import {privNoPiiInUrl} from './priv-no-pii-in-url.ts';
import {privNoPreconsentTracking} from './priv-no-preconsent-tracking.ts';
import {privNoticeServed} from './priv-notice-served.ts';

/** What a visitor gives away without being asked. */
export const privacyProbes = {
	'priv-cookie-attributes': {probe: privCookieAttributes, pace: 'thorough', worst: worstWeb},
	'priv-no-pii-in-url': {probe: privNoPiiInUrl, pace: 'thorough', worst: worstWeb},
	'priv-no-preconsent-tracking': {probe: privNoPreconsentTracking, pace: 'thorough', worst: worstWeb},
	'priv-notice-served': {probe: privNoticeServed, pace: 'thorough', worst: worstWeb},
} as const satisfies Readonly<Record<string, Registered>>;
