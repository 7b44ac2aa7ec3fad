import type {ControlGroup, Limit} from '../../docker/cgroup.ts';
import type {Probe} from '../probe.ts';
import {judgeLimit} from './limits.ts';

/** What every container gets that asks for no share. */
const USUAL_SHARES: ReadonlySet<number> = new Set([0, 1024]);

export const availCpuLimit: Probe = subject => {
	const {cpu} = subject.target.settings;
	return judgeLimit(subject, {
		what: 'CPU time',
		declared: cpu,
		isDeclared: cpu.nanoCpus > 0 || cpu.quota > 0 || !USUAL_SHARES.has(cpu.shares),
		effective: limitOf,
		remedy: 'one busy container slows all others. Start with --cpus or --cpu-shares',
		isSame: limit => cpu.nanoCpus === 0 || Math.abs(limit - cpu.nanoCpus / 1e9) < 0.01,
	});
};

/** A weight of its own counts as well: it limits whenever others want the same core. */
function limitOf({cpu}: ControlGroup): Limit | undefined {
	const isWeighted = cpu.weight !== undefined && cpu.weight !== cpu.usualWeight;
	return cpu.max === 'max' && isWeighted ? cpu.weight : cpu.max;
}
