import type {ControlId} from '../policies/catalogue.ts';
import type {Finding} from '../policies/finding.ts';
import type {Report} from './event-codes.ts';
import type {Doubt} from './probes/negative.ts';
import type {Sight, Sights} from './sights.ts';

export interface Believing {
	/** When it was seen. */
	readonly at: number;
	readonly doubt: Doubt | undefined;
	readonly share: (findings: readonly Finding[]) => readonly Finding[];
	readonly signal: AbortSignal;
}

/** What counts of what probes said: the word of one that failed its own test is kept apart, and says nothing. */
export async function believed(
	controls: readonly ControlId[],
	findings: readonly Finding[],
	{at, doubt, share, signal}: Believing,
): Promise<Sights> {
	const said = Map.groupBy(findings, ({control}) => control);
	const sights = await Promise.all(
		controls.map(async (control): Promise<[ControlId, Sight]> => {
			const why = await doubt?.(control, signal);
			const heard = said.get(control) ?? [];
			return why === undefined
				? [control, {at, findings: share(heard)}]
				: [control, {at, findings: share([doubted(control, why)]), doubted: true}];
		}),
	);
	return new Map(sights);
}

/** Says once in the diary which probe is not believed, and once that it is again. */
export function doubting(doubt: Doubt, report: Report): Doubt {
	const told = new Set<ControlId>();
	return async (control, signal) => {
		const why = await doubt(control, signal);
		if (why !== undefined && !told.has(control) && !signal.aborted) {
			told.add(control);
			report('PROBE_DOUBTED', {control, reason: why});
		}

		if (why === undefined && told.delete(control)) {
			report('PROBE_BELIEVED', {control});
		}

		return why;
	};
}

function doubted(control: ControlId, why: string): Finding {
	return {
		control,
		result: 'not-evaluated',
		message: `The probe is not believed: ${why}`.slice(0, 1024),
	};
}
