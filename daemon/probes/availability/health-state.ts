import type {Healthcheck} from '../../docker/target.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

/** Looks at this moment only; the share of healthy time over a period is worked out from the log. */
export const healthState: Probe = async ({target: {health, healthcheck, startedAt}, now}) => {
	if (health === undefined || healthcheck === undefined) {
		return [unseen('Without a health check nobody knows whether the container is healthy')];
	}

	const observed = {status: health.status, failingStreak: health.failingStreak};
	if (health.status === 'healthy' && health.failingStreak < healthcheck.retries) {
		return [{result: 'pass', message: 'The container is healthy', observed}];
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
