import type {Stage} from './stage.ts';

/** Processor time of a proxy's processes in microseconds since they started; a noisy machine changes it less than rates. */
export async function cpuOf(stage: Stage, id: string, names: RegExp): Promise<number> {
	const text = await stage.tool([
		'sh',
		'-c',
		`cat $(grep -ls ${id} /proc/[0-9]*/cgroup | sed s/cgroup$/stat/)`,
	]);
	return text
		.split('\n')
		.map(readStat)
		.filter(({name}) => names.test(name))
		.reduce((sum, {ticks}) => sum + ticks * 10_000, 0);
}

/** User and system time, fields 14 and 15 of proc(5) stat; the name in parentheses may hold spaces. A tick is 10 ms. */
function readStat(line: string): {readonly name: string; readonly ticks: number} {
	const end = line.lastIndexOf(')');
	const fields = line.slice(end + 2).split(' ');
	return {name: line.slice(line.indexOf('(') + 1, end), ticks: Number(fields[11]) + Number(fields[12])};
}
