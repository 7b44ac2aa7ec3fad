import type {Registered} from '../probe.ts';
import {worstProxy} from '../worst/proxy.ts';
import {netEgressAllowlist} from './net-egress-allowlist.ts';
import {proxyAdminPathsClosed} from './proxy-admin-paths-closed.ts';
import {proxyAuthRequired} from './proxy-auth-required.ts';
import {proxyBodyLimit} from './proxy-body-limit.ts';
import {proxyClientAddressTrust} from './proxy-client-address-trust.ts';
import {proxyHostAllowlist} from './proxy-host-allowlist.ts';
import {proxyInPath} from './proxy-in-path.ts';
import {proxyMethodAllowlist} from './proxy-method-allowlist.ts';
import {proxyRateLimit} from './proxy-rate-limit.ts';
import {proxyRequestFraming} from './proxy-request-framing.ts';
import {proxySourceAllowlist} from './proxy-source-allowlist.ts';
import {proxyTimeouts} from './proxy-timeouts.ts';
import {proxyUpstreamProtected} from './proxy-upstream-protected.ts';

const worst = worstProxy;

/** What the proxy does with requests, and whom the container talks to. */
export const proxyProbes = {
	'proxy-in-path': {probe: proxyInPath, pace: 'light', worst},
	'proxy-upstream-protected': {probe: proxyUpstreamProtected, pace: 'configuration', worst},
	'proxy-admin-paths-closed': {probe: proxyAdminPathsClosed, pace: 'rare', worst},
	'proxy-auth-required': {probe: proxyAuthRequired, pace: 'thorough', worst},
	'proxy-host-allowlist': {probe: proxyHostAllowlist, pace: 'light', worst},
	'proxy-method-allowlist': {probe: proxyMethodAllowlist, pace: 'rare', worst},
	'proxy-rate-limit': {probe: proxyRateLimit, pace: 'rare', worst},
	// The usual patience with a head is ten seconds.
	'proxy-timeouts': {probe: proxyTimeouts, pace: 'rare', patienceMs: 20_000, worst},
	'proxy-body-limit': {probe: proxyBodyLimit, pace: 'thorough', worst},
	'proxy-request-framing': {probe: proxyRequestFraming, pace: 'rare', patienceMs: 20_000, worst},
	'proxy-client-address-trust': {probe: proxyClientAddressTrust, pace: 'thorough', worst},
	'proxy-source-allowlist': {probe: proxySourceAllowlist, pace: 'thorough', worst},
	'net-egress-allowlist': {probe: netEgressAllowlist, pace: 'configuration', worst},
} as const satisfies Readonly<Record<string, Registered>>;
