import type {Past} from '../../docker/past.ts';
import type {Healthcheck} from '../../docker/target.ts';
import {numberIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;
/** Share of a day in percent that a container is healthy. */
const SLO = 99.5;

/** This moment, and the day before it as far as it was listened. */
export const healthState: Probe = async ({target: {health, healthcheck, startedAt}, past, now, paramsOf}) => {
	if (health === undefined || healthcheck === undefined) {
		return [unseen('Without a health check nobody knows whether the container is healthy')];
	}

	const slo = numberIn(paramsOf('health-state'), 'slo', SLO);
	const unhealthyMs = past === undefined ? 0 : unhealthyOf(past, now);
	const observed = {
		status: health.status,
		failingStreak: health.failingStreak,
		...(past && {since: past.since.toISOString(), unhealthySeconds: Math.round(unhealthyMs / 1000)}),
	};
	if (health.status === 'healthy' && health.failingStreak < healthcheck.retries) {
		// Of a whole day, however long it was listened: one bad minute of ten is none of too many.
		const borneMs = DAY_MS * (1 - slo / 100);
		return [
			unhealthyMs <= borneMs
				? {result: 'pass', message: 'The container is healthy', observed}
				: {
						result: 'fail',
						message: `The container is healthy now, but was not for ${Math.round(unhealthyMs / 1000)} s of the last day; ${Math.round(borneMs / 1000)} s are the most`,
						observed,
					},
		];
	}

	const ageMs = now.getTime() - startedAt.getTime();
	return [
		health.status === 'starting'
			? starting(ageMs, healthcheck, observed)
			: {
					result: 'fail',
					message: `The container is ${health.status}: its check failed ${health.failingStreak} times in a row`,
					observed,
				},
	];
};

/** Time between an event that says unhealthy and the next that says anything else, an end included. */
function unhealthyOf({health, ends}: Past, now: Date): number {
	const from = now.getTime() - DAY_MS;
	const turns = [...health, ...ends.map(({at}) => ({at, status: 'ended'}))].sort(
		(a, b) => a.at.getTime() - b.at.getTime(),
	);
	return turns.reduce((sum, {at, status}, index) => {
		const until = turns[index + 1]?.at ?? now;
		const ms = until.getTime() - Math.max(at.getTime(), from);
		return status === 'unhealthy' && ms > 0 ? sum + ms : sum;
	}, 0);
}

function starting(
	ageMs: number,
	{startPeriodMs, intervalMs, timeoutMs, retries}: Healthcheck,
	observed: unknown,
): ProbeFinding {
	const patienceMs = startPeriodMs + (intervalMs + timeoutMs) * retries;
	return ageMs <= patienceMs
		? unseen('The container is still starting, and has time left to', observed)
		: {
				result: 'fail',
				message: `The container is still starting after ${Math.round(ageMs / 1000)} s`,
				observed,
			};
}
