import {matchesGlob} from '../../policies/glob.ts';
import type {Episode} from '../episode.ts';

/** Episodes of which people do not want to hear for a while. */
export interface Silence {
	/** Globs; absent means any. At least one is given. */
	readonly container?: string;
	readonly image?: string;
	readonly control?: string;
	readonly from: Date;
	readonly until: Date;
	/** Stands in the record beside what was not told. */
	readonly reason: string;
}

/** The first silence that covers an episode now. */
export function silenceOf(
	silences: readonly Silence[],
	{container, control}: Episode,
	now: Date,
): Silence | undefined {
	return silences.find(
		silence =>
			silence.from <= now &&
			now < silence.until &&
			matches(silence.container, container.name) &&
			matches(silence.image, container.image) &&
			matches(silence.control, control),
	);
}

function matches(glob: string | undefined, text: string): boolean {
	return glob === undefined || matchesGlob(glob, text);
}
