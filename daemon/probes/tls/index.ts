import type {Registered} from '../probe.ts';
import {worstAdmin, worstKey, worstPlain, worstTls} from '../worst/tls.ts';
import {proxyHsts} from './proxy-hsts.ts';
import {proxyHttpRedirect} from './proxy-http-redirect.ts';
import {proxyMtlsAdmin} from './proxy-mtls-admin.ts';
import {proxyTlsCertValid} from './proxy-tls-cert-valid.ts';
import {proxyTlsCiphers} from './proxy-tls-ciphers.ts';
import {proxyTlsKeyProtected} from './proxy-tls-key-protected.ts';
import {proxyTlsMinVersion} from './proxy-tls-min-version.ts';

/** A slow server is asked for everything all the same, once a day. */
const PATIENCE_MS = 25_000;

/** Versions, suites, certificates and keys, and what leads to them. */
export const tlsProbes = {
	'proxy-hsts': {probe: proxyHsts, pace: 'light', worst: worstTls},
	'proxy-http-redirect': {probe: proxyHttpRedirect, pace: 'thorough', worst: worstPlain},
	'proxy-mtls-admin': {probe: proxyMtlsAdmin, pace: 'thorough', worst: worstAdmin},
	'proxy-tls-cert-valid': {probe: proxyTlsCertValid, pace: 'light', worst: worstTls},
	'proxy-tls-ciphers': {probe: proxyTlsCiphers, pace: 'rare', patienceMs: PATIENCE_MS, worst: worstTls},
	'proxy-tls-key-protected': {probe: proxyTlsKeyProtected, pace: 'thorough', worst: worstKey},
	'proxy-tls-min-version': {probe: proxyTlsMinVersion, pace: 'rare', worst: worstTls},
} as const satisfies Readonly<Record<string, Registered>>;
