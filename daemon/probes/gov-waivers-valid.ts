import type {Probe} from './probe.ts';

/** This version reads no waivers, so none can be in force: nothing is waived, and nothing can be invalid. */
export const govWaiversValid: Probe = async () => [
	{result: 'not-applicable', message: 'No waiver is in force', observed: {waivers: 0}},
];
