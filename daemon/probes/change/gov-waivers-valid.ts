import type {Probe} from '../probe.ts';

/** Speaks where no waiver means anything that fails. Where one does, `daemon/waive.ts` answers in its place. */
export const govWaiversValid: Probe = async () => [
	{result: 'not-applicable', message: 'No waiver is in force', observed: {waivers: 0}},
];
