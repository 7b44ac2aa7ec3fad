import type {Episode} from '../../episode.ts';
import {type Probe, unseen} from '../probe.ts';

export const incRecoveryRecorded: Probe = async ({episodes}) => {
	if (episodes === undefined) {
		return [unseen('Nobody keeps episodes here; the daemon does')];
	}

	const ended = episodes.filter(({closedAt}) => closedAt !== undefined);
	if (ended.length === 0) {
		return [
			{
				result: 'not-applicable',
				message:
					'No episode of this container has ended since the daemon began, so there was nothing to record',
			},
		];
	}

	const flawed = ended.flatMap(episode => flawOf(episode) ?? []);
	const times = ended.map(restoreMs).toSorted((a, b) => a - b);
	const observed = {
		ended: ended.length,
		medianSeconds: Math.round((times[Math.floor(times.length / 2)] ?? 0) / 1000),
		longestSeconds: Math.round((times.at(-1) ?? 0) / 1000),
	};
	const [first] = flawed;
	return [
		first === undefined
			? {
					result: 'pass',
					message: `Each of ${ended.length} episodes has its beginning, its end and why it ended`,
					observed,
				}
			: {result: 'fail', message: first, observed},
	];
};

function flawOf(episode: Episode): string | undefined {
	const {control, openedAt, closedBy, observations} = episode;
	const took = restoreMs(episode);
	if (!(took >= 0)) {
		return `The episode of ${control} that began at ${openedAt} ends before it begins`;
	}

	return closedBy === undefined || observations < 1
		? `Of the episode of ${control} that began at ${openedAt} it is not recorded how it ended`
		: undefined;
}

function restoreMs({openedAt, closedAt = ''}: Episode): number {
	return Date.parse(closedAt) - Date.parse(openedAt);
}
