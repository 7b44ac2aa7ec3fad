import {registry} from '../../daemon/probes/index.ts';
import type {Probe} from '../../daemon/probes/probe.ts';

/** Probes by their control, for whoever asks one or two of them at once. */
export const probes = Object.fromEntries(
	Object.entries(registry).map(([control, {probe}]) => [control, probe]),
) as Readonly<Record<keyof typeof registry, Probe>>; // The same keys.
