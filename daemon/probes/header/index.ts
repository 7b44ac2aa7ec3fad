import type {Registered} from '../probe.ts';
import {hdrOnErrors} from './hdr-on-errors.ts';

/** Headers of answers, and what browsers and people read there. */
export const headerProbes = {
	'hdr-on-errors': {probe: hdrOnErrors, pace: 'thorough'},
} as const satisfies Readonly<Record<string, Registered>>;
