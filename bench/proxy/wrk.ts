/** What wrk says of a run. */
export interface Load {
	readonly perSecond: number;
	readonly p50Ms: number;
	readonly p99Ms: number;
	readonly requests: number;
	/** Answers that are not 2xx or 3xx, and errors of sockets. */
	readonly bad: number;
}

/** @throws {Error} for text that is not wrk's, with `--latency` */
export function readWrk(text: string): Load {
	const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? NaN);
	const perSecond = number(/^Requests\/sec:\s+([\d.]+)/m);
	if (Number.isNaN(perSecond)) {
		throw new Error(`wrk did not run: ${text}`);
	}

	const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
	return {
		perSecond,
		p50Ms: millisecondsOf(text, '50%'),
		p99Ms: millisecondsOf(text, '99%'),
		requests: number(/^\s+(\d+) requests in/m),
		bad:
			(number(/Non-2xx or 3xx responses: (\d+)/) || 0) +
			(errors ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0),
	};
}

const UNITS: Readonly<Record<string, number>> = {us: 0.001, ms: 1, s: 1000, m: 60_000};

function millisecondsOf(text: string, share: string): number {
	const [, value = '', unit = ''] =
		new RegExp(`^\\s+${share}\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(text) ?? [];
	return Number(value) * (UNITS[unit] ?? NaN);
}
