import {type Probe, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;
/** What an audit of twelve months and its fieldwork take; less than a year is nobody's choice. */
const USUAL_DAYS = 550;
const FLOOR_DAYS = 365;

export const evRetention: Probe = async ({host, now, paramsOf}) => {
	const installedAt = await host.installedAt?.();
	const record = await host.record?.();
	if (record === undefined || installedAt === undefined) {
		return [unseen('There is no log at hand, so nothing is known of how long it is kept')];
	}

	const {oldestAt, entries} = record;
	if (oldestAt === undefined) {
		return [unseen('The log is empty, so nothing is known of how long it is kept')];
	}

	const asked = paramsOf('ev-retention')['days'];
	const days = Math.max(FLOOR_DAYS, typeof asked === 'number' ? asked : USUAL_DAYS);
	const reached = Math.floor((now.getTime() - oldestAt.getTime()) / DAY_MS);
	const wanted = Math.min(days, Math.floor((now.getTime() - installedAt.getTime()) / DAY_MS));
	const observed = {
		entries,
		oldest: oldestAt.toISOString(),
		installed: installedAt.toISOString(),
		days: reached,
	};
	// The first entry is made seconds after the folder; a day more is a clock that was put right.
	return reached >= wanted - 1
		? [{result: 'pass', message: `The record reaches back ${reached} days, to its beginning`, observed}]
		: [
				{
					result: 'fail',
					message: `The record reaches back ${reached} days and should reach back ${wanted}: older entries are gone`,
					observed,
				},
			];
};
