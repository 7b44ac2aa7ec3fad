import {type Probe, unseen} from '../probe.ts';

export const evCollectorAlive: Probe = async ({record}) => {
	if (record === undefined) {
		return [unseen('There is no log at hand, so the past cannot be judged')];
	}

	const gaps = await record.gaps();
	if (gaps === undefined) {
		return [unseen('There is no coverage statement yet, so there is nothing to judge the past by')];
	}

	return [
		gaps.length === 0
			? {result: 'pass', message: 'Coverage of the last 24 hours has no gap', observed: {gaps: 0}}
			: {
					result: 'fail',
					message: `Nobody looked from ${gaps[0]?.from} to ${gaps[0]?.to}${gaps.length > 1 ? ` and ${gaps.length - 1} more times` : ''}: ${gaps[0]?.reason}`,
					observed: {gaps: gaps.slice(0, 8)},
				},
	];
};
