import {recordOf} from '../access-line.ts';
import {type Probe, unseen} from '../probe.ts';

const DAY_MS = 86_400_000;
/** A year, and never less than a quarter, unless the policy says otherwise. */
const DECLARED_DAYS = 365;
const LEAST_DAYS = 90;
const READING_MS = 2000;

/**
 * What the engine still has is all that can be seen from here, and it goes with the container. So this never passes: it fails
 * where lines are gone before their time and nothing else keeps them, and says what would have to be asked.
 */
export const logRetention: Probe = async (subject, signal) => {
	const {days, sink} = subject.paramsOf('log-retention');
	const declared = typeof days === 'number' ? days : DECLARED_DAYS;
	if (declared < LEAST_DAYS) {
		return [
			{
				result: 'fail',
				message: `The policy keeps logs for ${declared} days; an audit asks for ${LEAST_DAYS} at the very least`,
				expected: `at least ${LEAST_DAYS} days`,
				observed: declared,
			},
		];
	}

	if (typeof sink === 'string') {
		return [unseen(`Logs are said to go to ${sink}; how long they are kept there has to be asked there`)];
	}

	const stop = AbortSignal.any([signal, AbortSignal.timeout(READING_MS)]);
	const oldest = await oldestOf(subject.lines(new Date(0), stop));
	signal.throwIfAborted();
	const {startedAt} = subject.target;
	const serviceMs = subject.now.getTime() - startedAt.getTime();
	const lostMs = oldest === undefined ? 0 : oldest.getTime() - startedAt.getTime();
	const observed = {
		declaredDays: declared,
		keptDays: oldest === undefined ? 0 : rounded(subject.now.getTime() - oldest.getTime()),
		serviceDays: rounded(serviceMs),
	};
	const keptMs = oldest === undefined ? 0 : subject.now.getTime() - oldest.getTime();
	return [
		oldest !== undefined && lostMs > DAY_MS && keptMs < declared * DAY_MS
			? {
					result: 'fail',
					message: `The engine has lines of the last ${observed.keptDays} days only, of a container that is ${observed.serviceDays} days old, and no other place is named (params.sink)`,
					observed,
				}
			: unseen(
					"The engine keeps a container's lines no longer than the container; name where they are sent (params.sink), and ask there",
					observed,
				),
	];
};

/** When the first line that says so was written. */
async function oldestOf(lines: AsyncIterable<string>): Promise<Date | undefined> {
	let left = 1000;
	for await (const text of lines) {
		const {ts} = recordOf(text) ?? {};
		const at = typeof ts === 'string' ? new Date(ts) : undefined;
		if (at !== undefined && !Number.isNaN(at.getTime())) {
			return at;
		}

		left -= 1;
		if (left === 0) {
			return;
		}
	}

	return;
}

function rounded(ms: number): number {
	return Math.round((ms / DAY_MS) * 10) / 10;
}
