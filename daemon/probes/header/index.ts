import type {Registered} from '../probe.ts';
import {worstWeb} from '../worst/web.ts';
import {extSecurityContact} from './ext-security-contact.ts';
import {hdrCors} from './hdr-cors.ts';
import {hdrCsp} from './hdr-csp.ts';
import {hdrFrame} from './hdr-frame.ts';
import {hdrNosniff} from './hdr-nosniff.ts';
import {hdrOnErrors} from './hdr-on-errors.ts';
import {hdrPermissions} from './hdr-permissions.ts';
import {hdrReferrer} from './hdr-referrer.ts';
import {proxyBannerHidden} from './proxy-banner-hidden.ts';

/** Headers of answers, and what browsers and people read there. All but three read the same few pages. */
export const headerProbes = {
	'ext-security-contact': {probe: extSecurityContact, pace: 'thorough', worst: worstWeb},
	'hdr-cors': {probe: hdrCors, pace: 'thorough', worst: worstWeb},
	'hdr-csp': {probe: hdrCsp, pace: 'thorough', worst: worstWeb},
	'hdr-frame': {probe: hdrFrame, pace: 'thorough', worst: worstWeb},
	'hdr-nosniff': {probe: hdrNosniff, pace: 'thorough', worst: worstWeb},
	'hdr-on-errors': {probe: hdrOnErrors, pace: 'thorough', worst: worstWeb},
	'hdr-permissions': {probe: hdrPermissions, pace: 'thorough', worst: worstWeb},
	'hdr-referrer': {probe: hdrReferrer, pace: 'thorough', worst: worstWeb},
	'proxy-banner-hidden': {probe: proxyBannerHidden, pace: 'thorough', worst: worstWeb},
} as const satisfies Readonly<Record<string, Registered>>;
