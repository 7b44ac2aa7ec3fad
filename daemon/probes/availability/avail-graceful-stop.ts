import type {Ended} from '../../docker/past.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;
/** Stops of this long ago say little about what runs now. */
const MOST_DAYS = 30;
/** 128 and SIGKILL: nobody waited any longer. */
const KILLED = 137;
/** Ended well, or by the signal that it was asked with: SIGHUP to SIGTERM. */
const GRACEFUL = [0, 129, 130, 131, 143];

/** What became of the times that somebody asked the container to end: it has to, by itself, and well. */
export const availGracefulStop: Probe = async ({past, now}) => {
	if (past === undefined) {
		return [unseen("Nobody listens to the engine's events here, so ends are not known")];
	}

	const from = now.getTime() - MOST_DAYS * DAY_MS;
	const stops = past.ends.filter(({at, askedMs}) => askedMs !== undefined && at.getTime() > from);
	if (stops.length === 0) {
		return [
			{
				result: 'not-applicable',
				message: `Nobody has asked it to end since ${past.since.toISOString()}`,
			},
		];
	}

	return [judge(stops)];
};

function judge(stops: readonly Ended[]): ProbeFinding {
	const known = stops.filter(({exitCode}) => exitCode !== undefined);
	const observed = {
		stops: stops.length,
		last: stops.slice(-4).map(({exitCode, askedMs}) => ({exitCode: exitCode ?? 'unknown', afterMs: askedMs})),
	};
	const killed = known.filter(({exitCode}) => exitCode === KILLED);
	const failed = known.filter(({exitCode = 0}) => exitCode !== KILLED && !GRACEFUL.includes(exitCode));
	if (killed.length > 0) {
		return {
			result: 'fail',
			message: `Asked to end it did not, and was killed after ${seconds(killed.at(-1))} s (${killed.length} of ${stops.length} times): requests were cut off`,
			observed,
		};
	}

	if (failed.length > 0) {
		return {
			result: 'fail',
			message: `Asked to end it ended with ${failed.at(-1)?.exitCode} instead of 0 or 143`,
			observed,
		};
	}

	return known.length === 0
		? unseen(
				'Labels of the container have names of fields of events, so its exit codes are not to be believed',
				observed,
			)
		: {
				result: 'pass',
				message: `Asked to end it did, within ${seconds(slowest(known))} s at most (${known.length} times)`,
				observed,
			};
}

function slowest(stops: readonly Ended[]): Ended | undefined {
	return stops.toSorted((a, b) => (b.askedMs ?? 0) - (a.askedMs ?? 0))[0];
}

function seconds(stop: Ended | undefined): number {
	return Math.round((stop?.askedMs ?? 0) / 100) / 10;
}
