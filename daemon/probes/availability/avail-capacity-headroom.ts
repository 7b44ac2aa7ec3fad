import type {ControlGroup} from '../../docker/cgroup.ts';
import {numberIn} from '../params.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';
import {type Capacity, MIN_PERIODS, type Sample} from '../remembered.ts';

export const availCapacityHeadroom: Probe = async ({target, inside, now, paramsOf}) => {
	const seen = await inside.kernel();
	if (!seen.seen || seen.kernel.group === undefined) {
		const reason = seen.seen ? 'its control group cannot be read from here' : seen.reason;
		return [unseen(`How full the container is could not be seen: ${reason}`)];
	}

	const {group, freeDisk} = seen.kernel;
	const sample = sampleOf(group, now);
	const capacity = inside.remembered?.sampled(target.id, sample) ?? alone(sample);
	const params = paramsOf('avail-capacity-headroom');
	const most = {
		memory: numberIn(params, 'memory', 0.85),
		throttled: numberIn(params, 'throttled', 0.1),
		freeDisk: numberIn(params, 'freeDisk', 0.15),
	};
	return [judge(capacity, freeDisk, most)];
};

interface Most {
	readonly memory: number;
	readonly throttled: number;
	readonly freeDisk: number;
}

function judge(
	{samples, hours, memory, throttled}: Capacity,
	freeDisk: number | undefined,
	most: Most,
): ProbeFinding {
	const observed = {
		samples,
		hours: rounded(hours),
		memoryOfLimit: memory === undefined ? 'no limit' : rounded(memory),
		throttled: throttled === undefined ? 'not told' : rounded(throttled),
		freeDisk: freeDisk === undefined ? 'not seen' : rounded(freeDisk),
		most,
	};
	const over = `of ${samples === 1 ? 'one sample' : `${samples} samples over ${rounded(hours)} hours`}`;
	const wrong = [
		(memory ?? 0) > most.memory
			? `${percent(memory)} of the memory limit are used, and ${percent(most.memory)} are the most`
			: undefined,
		(throttled ?? 0) > most.throttled
			? `The container was held back in ${percent(throttled)} of its periods, and ${percent(most.throttled)} are the most`
			: undefined,
		(freeDisk ?? 1) < most.freeDisk
			? `Only ${percent(freeDisk)} of the disk under the container is free`
			: undefined,
	].find(each => each !== undefined);
	return wrong === undefined
		? {result: 'pass', message: `There is room left, by the evidence ${over}`, observed}
		: {result: 'fail', message: `${wrong} (${over}); raise the limit or scale out`, observed};
}

function sampleOf({memory, cpu}: ControlGroup, at: Date): Sample {
	return {
		at,
		memory:
			typeof memory.max === 'number' && memory.max > 0 && memory.used !== undefined
				? memory.used / memory.max
				: undefined,
		periods: cpu.periods,
		throttled: cpu.throttled,
	};
}

/** Where nothing is remembered: this moment, and what the kernel has counted since the start. */
function alone({memory, periods, throttled}: Sample): Capacity {
	return {
		samples: 1,
		hours: 0,
		memory,
		throttled:
			periods !== undefined && periods >= MIN_PERIODS && throttled !== undefined
				? throttled / periods
				: undefined,
	};
}

function percent(share: number | undefined): string {
	return `${Math.round((share ?? 0) * 100)} %`;
}

function rounded(value: number): number {
	return Math.round(value * 1000) / 1000;
}
