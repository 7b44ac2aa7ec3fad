import type {Registered} from '../probe.ts';
import {proxyHttpRedirect} from './proxy-http-redirect.ts';
import {proxyTlsCertValid} from './proxy-tls-cert-valid.ts';
import {proxyTlsMinVersion} from './proxy-tls-min-version.ts';

/** Versions, suites and certificates. */
export const tlsProbes = {
	'proxy-http-redirect': {probe: proxyHttpRedirect, pace: 'thorough'},
	'proxy-tls-cert-valid': {probe: proxyTlsCertValid, pace: 'light'},
	'proxy-tls-min-version': {probe: proxyTlsMinVersion, pace: 'rare'},
} as const satisfies Readonly<Record<string, Registered>>;
