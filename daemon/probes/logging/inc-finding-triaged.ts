import type {Episode} from '../../episode.ts';
import {type Probe, type Subject, unseen} from '../probe.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Hours until an episode is to be over, by its severity; `acknowledgeHours` count on working days alone. */
const usual = {
	acknowledgeHours: 24,
	criticalHours: 24,
	highHours: 7 * 24,
	mediumHours: 30 * 24,
	lowHours: 90 * 24,
};

/** Its own failing is no finding to be triaged, or it would never end. */
const OWN = 'inc-finding-triaged';

export const incFindingTriaged: Probe = async ({episodes, now, paramsOf}) => {
	if (episodes === undefined) {
		return [unseen('Nobody keeps episodes here; the daemon does')];
	}

	const open = episodes.filter(({control, closedAt}) => control !== OWN && closedAt === undefined);
	if (open.length === 0) {
		return [{result: 'pass', message: 'Nothing that failed is open', observed: {open: 0}}];
	}

	const params = paramsOf(OWN);
	const late = open.flatMap(episode => {
		const why = overdue(episode, now, params);
		return why === undefined ? [] : [{id: episode.id, control: episode.control, why}];
	});
	const [first] = late;
	const observed = {open: open.length, overdue: late.slice(0, 8)};
	return [
		first === undefined
			? {result: 'pass', message: `Of ${open.length} open episodes none is overdue`, observed}
			: {
					result: 'fail',
					message: `${first.control} ${first.why}${late.length > 1 ? `, and ${late.length - 1} more are overdue` : ''}; acknowledge it with "sallyport daemon acknowledge", and fix or waive it`,
					observed,
				},
	];
};

function overdue(
	{openedAt, acknowledged, severity}: Episode,
	now: Date,
	params: ReturnType<Subject['paramsOf']>,
): string | undefined {
	const opened = Date.parse(openedAt);
	const hours = (name: keyof typeof usual): number => {
		const given = params[name];
		return typeof given === 'number' && given > 0 ? given : usual[name];
	};
	const resolveMs = hours(`${severity}Hours`) * HOUR_MS;
	if (now.getTime() - opened > resolveMs) {
		return `fails since ${openedAt}, longer than ${resolveMs / HOUR_MS} hours`;
	}

	return acknowledged === undefined && workingMs(opened, now.getTime()) > hours('acknowledgeHours') * HOUR_MS
		? `fails since ${openedAt}, and nobody has taken it on`
		: undefined;
}

/** Milliseconds from one time to another without Saturdays and Sundays, in UTC. */
export function workingMs(from: number, to: number): number {
	let total = 0;
	// Whatever is older than this is overdue by any rule.
	for (let at = Math.max(from, to - 400 * DAY_MS); at < to; ) {
		const midnight = (Math.floor(at / DAY_MS) + 1) * DAY_MS;
		const until = Math.min(midnight, to);
		const day = new Date(at).getUTCDay();
		total += day === 0 || day === 6 ? 0 : until - at;
		at = until;
	}

	return total;
}
