import type {RuleIdIn} from '../../../policies/rules/index.ts';
import type {Rule} from '../rule.ts';
import {exposedMatches} from './exposed-matches.ts';
import {healthThroughProxy} from './health-through-proxy.ts';
import {limitedBodies} from './limited-bodies.ts';
import {limitedRequests} from './limited-requests.ts';
import {limitedTimes} from './limited-times.ts';
import {localUpstream} from './local-upstream.ts';
import {loggedRequests} from './logged-requests.ts';
import {lowerCaseProtocol} from './lower-case-protocol.ts';
import {narrowTrust} from './narrow-trust.ts';
import {noAdminPorts} from './no-admin-ports.ts';
import {noHiddenVolumeWrites} from './no-hidden-volume-writes.ts';
import {noHostMapping} from './no-host-mapping.ts';
import {noRepeatedRequests} from './no-repeated-requests.ts';
import {noSystemVolume} from './no-system-volume.ts';
import {proxyPolicyComplete} from './proxy-policy-complete.ts';
import {tlsTerminated} from './tls-terminated.ts';
import {unprivilegedPort} from './unprivileged-port.ts';
import {validPlan} from './valid-plan.ts';
import {validPort} from './valid-port.ts';

export const portRules: Readonly<Record<RuleIdIn<'port'>, Rule>> = {
	'no-admin-ports': noAdminPorts,
	'valid-port': validPort,
	'no-host-mapping': noHostMapping,
	'lower-case-protocol': lowerCaseProtocol,
	'exposed-matches': exposedMatches,
	'unprivileged-port': unprivilegedPort,
	'no-system-volume': noSystemVolume,
	'no-hidden-volume-writes': noHiddenVolumeWrites,
	'tls-terminated': tlsTerminated,
	'proxy-policy-complete': proxyPolicyComplete,
	'valid-plan': validPlan,
	'logged-requests': loggedRequests,
	'limited-requests': limitedRequests,
	'limited-times': limitedTimes,
	'limited-bodies': limitedBodies,
	'local-upstream': localUpstream,
	'no-repeated-requests': noRepeatedRequests,
	'narrow-trust': narrowTrust,
	'health-through-proxy': healthThroughProxy,
};
