import {availabilityControls} from './controls/availability.ts';
import {cacheControls} from './controls/cache.ts';
import {changeControls} from './controls/change.ts';
import {headerControls} from './controls/header.ts';
import {imageControls} from './controls/image.ts';
import {isolationControls} from './controls/isolation.ts';
import {loggingControls} from './controls/logging.ts';
import {privacyControls} from './controls/privacy.ts';
import {proxyControls} from './controls/proxy.ts';
import {secretControls} from './controls/secret.ts';

/**
 * Every control: what must hold, which SOC 2 criteria it supports evidence for, and who judges it. Ids are never reused or
 * renamed: signed records name them for ever.
 */
export const catalogue = {
	...imageControls,
	...secretControls,
	...isolationControls,
	...proxyControls,
	...headerControls,
	...cacheControls,
	...availabilityControls,
	...loggingControls,
	...changeControls,
	...privacyControls,
} as const;

export type ControlId = keyof typeof catalogue;

/** Controls that a rule (build) or a probe (run) must exist for; the registry of probes is a map over these. */
export type ControlIdAt<Phase extends 'build' | 'run'> = {
	[Id in ControlId]: (typeof catalogue)[Id]['judgedAt'] extends Phase | 'both' ? Id : never;
}[ControlId];

/** True for a string that names a control of this catalogue; own properties only, so `constructor` is not one. */
export function isControlId(id: string): id is ControlId {
	return Object.hasOwn(catalogue, id);
}
