import {MIN_PERIODS, type Remembered, type Sample} from './probes/remembered.ts';

/** A sample every ten minutes for a day. */
const EVERY_MS = 600_000;
const DAY_MS = 86_400_000;
const MAX_SAMPLES = DAY_MS / EVERY_MS;
const MAX_CONTAINERS = 4096;

/** Numbers in rows of fixed length: four kilobytes for each container. */
interface Row {
	readonly at: Float64Array;
	readonly memory: Float32Array;
	readonly periods: Float64Array;
	readonly throttled: Float64Array;
	/** How many were ever noted. */
	count: number;
}

/** Notes how full containers are, and tells what the last day amounts to. */
export function openSamples(): Remembered['sampled'] {
	const rows = new Map<string, Row>();

	function rowOf(container: string): Row {
		// The one that was asked for longest ago is the first to be forgotten.
		const row = rows.get(container) ?? newRow();
		rows.delete(container);
		rows.set(container, row);
		const [oldest] = rows.keys();
		if (rows.size > MAX_CONTAINERS && oldest !== undefined) {
			rows.delete(oldest);
		}

		return row;
	}

	return (container, sample) => {
		const row = rowOf(container);
		note(row, sample);
		return capacityOf(row, sample);
	};
}

function newRow(): Row {
	return {
		at: new Float64Array(MAX_SAMPLES),
		memory: new Float32Array(MAX_SAMPLES),
		periods: new Float64Array(MAX_SAMPLES),
		throttled: new Float64Array(MAX_SAMPLES),
		count: 0,
	};
}

function note(row: Row, {at, memory, periods, throttled}: Sample): void {
	const last = row.count === 0 ? 0 : (row.at[(row.count - 1) % MAX_SAMPLES] ?? 0);
	// A clock that was set back begins a new stretch at once.
	if (row.count > 0 && at.getTime() >= last && at.getTime() - last < EVERY_MS) {
		return;
	}

	const slot = row.count % MAX_SAMPLES;
	row.at[slot] = at.getTime();
	row.memory[slot] = memory ?? Number.NaN;
	row.periods[slot] = periods ?? Number.NaN;
	row.throttled[slot] = throttled ?? Number.NaN;
	row.count += 1;
}

function capacityOf(row: Row, now: Sample): ReturnType<Remembered['sampled']> {
	const since = now.at.getTime() - DAY_MS;
	const slots = Array.from({length: Math.min(row.count, MAX_SAMPLES)}, (_, slot) => slot).filter(slot => {
		const at = row.at[slot] ?? 0;
		return at >= since && at <= now.at.getTime();
	});
	const times = slots.map(slot => row.at[slot] ?? 0);
	const first = slots.toSorted((a, b) => (row.at[a] ?? 0) - (row.at[b] ?? 0))[0];
	const memory = slots
		.map(slot => row.memory[slot] ?? Number.NaN)
		.filter(value => !Number.isNaN(value))
		.toSorted((a, b) => a - b);
	return {
		samples: slots.length,
		hours: times.length === 0 ? 0 : (Math.max(...times) - Math.min(...times)) / 3_600_000,
		memory: memory[Math.max(0, Math.ceil(memory.length * 0.95) - 1)],
		throttled: throttledSince(row, first, now),
	};
}

/** The kernel counts from the container's start, and from nothing again when it is started anew. */
function throttledSince(row: Row, first: number | undefined, now: Sample): number | undefined {
	if (now.periods === undefined || now.throttled === undefined) {
		return undefined;
	}

	const was = first === undefined ? Number.NaN : (row.periods[first] ?? Number.NaN);
	const isSameRun = was < now.periods;
	const periods = now.periods - (isSameRun ? was : 0);
	const throttled = now.throttled - (isSameRun ? (row.throttled[first ?? 0] ?? 0) : 0);
	return periods >= MIN_PERIODS ? throttled / periods : undefined;
}
