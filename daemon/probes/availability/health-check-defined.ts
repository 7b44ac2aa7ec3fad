import type {Healthcheck} from '../../docker/target.ts';
import type {Probe} from '../probe.ts';

const MAX_INTERVAL_MS = 60_000;
const MAX_RETRIES = 5;

export const healthCheckDefined: Probe = async ({target: {healthcheck}}) => {
	if (healthcheck === undefined) {
		return [
			{result: 'fail', message: 'No health check is defined; add HEALTHCHECK to the image or --health-cmd'},
		];
	}

	const {intervalMs, timeoutMs, retries} = healthcheck;
	const slow = slowness(healthcheck);
	const observed = {intervalMs, timeoutMs, retries};
	return [
		slow === undefined
			? {result: 'pass', message: 'A health check is defined, and notices a failure in time', observed}
			: {result: 'fail', message: `The health check ${slow}`, observed},
	];
};

function slowness({intervalMs, timeoutMs, retries}: Healthcheck): string | undefined {
	if (intervalMs > MAX_INTERVAL_MS) {
		return `runs every ${intervalMs / 1000} s; a minute is the most`;
	}

	if (timeoutMs > intervalMs) {
		return `may take ${timeoutMs / 1000} s, longer than its interval of ${intervalMs / 1000} s; shorten --timeout`;
	}

	return retries > MAX_RETRIES ? `forgives ${retries} failures; ${MAX_RETRIES} are the most` : undefined;
}
