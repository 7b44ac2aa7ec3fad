import {numberIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

const HOUR_MS = 3_600_000;
const MAX_RESTARTS = 3;

/** An end that somebody asked the engine for is no crash. */
export const availNoCrashLoop: Probe = async ({target, past, now, paramsOf}) => {
	const most = numberIn(paramsOf('avail-no-crash-loop'), 'perHour', MAX_RESTARTS);
	const from = now.getTime() - HOUR_MS;
	const isRecent = (at: Date): boolean => at.getTime() > from;
	const ends = (past?.ends ?? []).filter(({at, asked}) => isRecent(at) && !asked);
	const ooms = (past?.ooms ?? []).filter(isRecent).length;
	const codes = [...new Set(ends.map(({exitCode}) => exitCode ?? 'unknown'))].slice(0, 8);
	const observed = {
		ends: ends.length,
		exitCodes: codes,
		ooms,
		restartCount: target.restartCount,
		...(past && {since: past.since.toISOString()}),
	};
	if (target.oomKilled || ooms > 0) {
		return [
			{
				result: 'fail',
				message: 'The kernel killed it, or a process in it, for its memory; fix the leak or raise --memory',
				observed,
			},
		];
	}

	if (ends.length > most) {
		return [
			{
				result: 'fail',
				message: `It ended by itself ${ends.length} times within an hour; ${most} are the most`,
				observed,
			},
		];
	}

	if (past === undefined) {
		return [unseen("Nobody listens to the engine's events here, so ends and kills are not known", observed)];
	}

	// The engine counts since the container was made; only what is more than the most can hide a loop that was not heard.
	const heardMs = now.getTime() - heardSince(past.since, past.gaps);
	return target.restartCount > most && heardMs < HOUR_MS
		? [
				unseen(
					`It was restarted ${target.restartCount} times, and it is not known for an hour when`,
					observed,
				),
			]
		: [{result: 'pass', message: 'It neither ends again and again nor runs out of memory', observed}];
};

function heardSince(since: Date, gaps: readonly {readonly to: Date}[]): number {
	return Math.max(since.getTime(), ...gaps.map(({to}) => to.getTime()));
}
