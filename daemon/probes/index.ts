import type {ControlIdAt} from '../../policies/catalogue.ts';
import {availMemoryLimit} from './avail-memory-limit.ts';
import {availPidsLimit} from './avail-pids-limit.ts';
import {cacheNoPrivateSharing} from './cache-no-private-sharing.ts';
import {chgDigestAttested} from './chg-digest-attested.ts';
import {chgEmergency} from './chg-emergency.ts';
import {chgPolicyCurrent} from './chg-policy-current.ts';
import {evCollectorAlive} from './ev-collector-alive.ts';
import {govWaiversValid} from './gov-waivers-valid.ts';
import {hdrOnErrors} from './hdr-on-errors.ts';
import {healthCheckDefined} from './health-check-defined.ts';
import {healthState} from './health-state.ts';
import {imageSignedAfterPolicy} from './image-signed-after-policy.ts';
import {logAccessComplete} from './log-access-complete.ts';
import type {Probe} from './probe.ts';
import {proxyAuthRequired} from './proxy-auth-required.ts';
import {proxyHttpRedirect} from './proxy-http-redirect.ts';
import {proxyInPath} from './proxy-in-path.ts';
import {proxyTlsCertValid} from './proxy-tls-cert-valid.ts';
import {proxyTlsMinVersion} from './proxy-tls-min-version.ts';
import {runCapMinimal} from './run-cap-minimal.ts';
import {runNoEngineSocket} from './run-no-engine-socket.ts';
import {runNoNewPrivileges} from './run-no-new-privileges.ts';
import {runNoPrivileged} from './run-no-privileged.ts';
import {runPortsDeclared} from './run-ports-declared.ts';
import {runUserNonRoot} from './run-user-non-root.ts';

/** The compiler refuses this map while a control that is judged at run time is missing from it. */
export const probes: Readonly<Record<ControlIdAt<'run'>, Probe>> = {
	'avail-memory-limit': availMemoryLimit,
	'avail-pids-limit': availPidsLimit,
	'cache-no-private-sharing': cacheNoPrivateSharing,
	'chg-digest-attested': chgDigestAttested,
	'chg-emergency': chgEmergency,
	'chg-policy-current': chgPolicyCurrent,
	'ev-collector-alive': evCollectorAlive,
	'gov-waivers-valid': govWaiversValid,
	'hdr-on-errors': hdrOnErrors,
	'health-check-defined': healthCheckDefined,
	'health-state': healthState,
	'image-signed-after-policy': imageSignedAfterPolicy,
	'log-access-complete': logAccessComplete,
	'proxy-auth-required': proxyAuthRequired,
	'proxy-http-redirect': proxyHttpRedirect,
	'proxy-in-path': proxyInPath,
	'proxy-tls-cert-valid': proxyTlsCertValid,
	'proxy-tls-min-version': proxyTlsMinVersion,
	'run-cap-minimal': runCapMinimal,
	'run-no-engine-socket': runNoEngineSocket,
	'run-no-new-privileges': runNoNewPrivileges,
	'run-no-privileged': runNoPrivileged,
	'run-ports-declared': runPortsDeclared,
	'run-user-non-root': runUserNonRoot,
};

/** What takes many connections, or much of the kernel: looked at when something happened, and every ten minutes. */
const dear: readonly string[] = [
	'cache-no-private-sharing',
	'hdr-on-errors',
	'log-access-complete',
	'proxy-auth-required',
	'proxy-http-redirect',
	'proxy-tls-min-version',
	'run-ports-declared',
] satisfies readonly ControlIdAt<'run'>[];

export function isDear(control: string): boolean {
	return dear.includes(control);
}
