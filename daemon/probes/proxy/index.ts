import type {Registered} from '../probe.ts';
import {proxyAuthRequired} from './proxy-auth-required.ts';
import {proxyInPath} from './proxy-in-path.ts';

/** What the proxy does with requests. */
export const proxyProbes = {
	'proxy-auth-required': {probe: proxyAuthRequired, pace: 'thorough'},
	'proxy-in-path': {probe: proxyInPath, pace: 'light'},
} as const satisfies Readonly<Record<string, Registered>>;
