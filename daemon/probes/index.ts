import type {ControlIdAt} from '../../policies/catalogue.ts';
import {availabilityProbes} from './availability/index.ts';
import {cacheProbes} from './cache/index.ts';
import {changeProbes} from './change/index.ts';
import {headerProbes} from './header/index.ts';
import {hostProbes} from './host/index.ts';
import {isolationProbes} from './isolation/index.ts';
import {loggingProbes} from './logging/index.ts';
import {privacyProbes} from './privacy/index.ts';
import type {Registered} from './probe.ts';
import {proxyProbes} from './proxy/index.ts';
import {secretProbes} from './secret/index.ts';
import {tlsProbes} from './tls/index.ts';

/** The compiler refuses this map while a control that is judged at run time is missing from it. */
export const registry: Readonly<Record<ControlIdAt<'run'>, Registered>> = {
	...availabilityProbes,
	...cacheProbes,
	...changeProbes,
	...headerProbes,
	...hostProbes,
	...isolationProbes,
	...loggingProbes,
	...privacyProbes,
	...proxyProbes,
	...secretProbes,
	...tlsProbes,
};
