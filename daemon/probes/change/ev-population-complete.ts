import {type Probe, unseen} from '../probe.ts';

/** A comparison older than this says nothing about now. */
const MAX_AGE_MS = 600_000;

export const evPopulationComplete: Probe = async ({population, now}) => {
	if (population === undefined) {
		return [unseen('Nobody compares what runs on this host; the daemon does, with its own list of events')];
	}

	const {at, listed, followed, groups, strays} = population;
	const observed = {listed, followed, groups, strays: strays.slice(0, 8)};
	if (strays.length > 0) {
		const [{id, seenBy}] = strays as readonly [(typeof strays)[number]];
		const more = strays.length > 1 ? ` and ${strays.length - 1} more` : '';
		return [
			{
				result: 'fail',
				message: `Not every source knows the same containers: ${id.slice(0, 12)}${more} is known to ${seenBy.join(' and ') || 'none'} alone`,
				expected: 'the engine’s list, its events and the kernel’s control groups agree',
				observed,
			},
		];
	}

	if (now.getTime() - at.getTime() > MAX_AGE_MS) {
		return [unseen(`The sources were last compared at ${at.toISOString()}`, observed)];
	}

	return [
		groups === undefined
			? unseen(
					"The engine's list and its events agree, but the kernel's control groups cannot be read; run the daemon with the host's /sys/fs/cgroup",
					observed,
				)
			: {
					result: 'pass',
					message: `The engine's list, its events and the kernel's control groups know the same ${listed} containers`,
					observed,
				},
	];
};
