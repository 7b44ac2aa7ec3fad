import {join} from 'node:path';
import {textOf} from './proc.ts';

/** A limit as the kernel has it. */
export type Limit = number | 'max';

/** What the kernel counts and limits for all processes of a container together. Undefined is what could not be read. */
export interface ControlGroup {
	readonly version: 1 | 2;
	/** From the root of the groups. */
	readonly path: string;
	readonly memory: {readonly max: Limit | undefined; readonly used: number | undefined};
	readonly pids: {readonly max: Limit | undefined; readonly now: number | undefined};
	readonly cpu: {
		/** Of one core, such as 0.5. */
		readonly max: Limit | undefined;
		/** Against others; 1024 in version 1 and 100 in version 2 are what everybody gets. */
		readonly weight: number | undefined;
		readonly usualWeight: number;
		readonly periods: number | undefined;
		readonly throttled: number | undefined;
	};
	/** `a` where every device is allowed. Version 2 keeps no such list. */
	readonly allDevices: boolean | undefined;
}

/** The group of a container, by the control groups of its first process; undefined where they cannot be read from here. */
export async function controlGroupOf(
	groups: string,
	id: string,
	root: string,
): Promise<ControlGroup | undefined> {
	const own = groups.split('\n').flatMap(line => groupIn(line, id));
	const two = own.find(({controllers}) => controllers.length === 0);
	const isTwo = own.every(({controllers}) => controllers.length === 0);
	if (isTwo) {
		return two === undefined ? undefined : versionTwo(root, two.path);
	}

	return versionOne(root, own);
}

interface Group {
	readonly controllers: readonly string[];
	readonly folder: string;
	readonly path: string;
}

/** A container may make groups below its own, and its first process may live in one: the limits stand at the container's. */
function groupIn(line: string, id: string): readonly Group[] {
	const [, folder = '', path = ''] = /^\d+:([a-z_,]*):(\/[^\n]*)$/.exec(line) ?? [];
	const at = path.indexOf(id);
	if (at === -1) {
		return [];
	}

	const end = path.indexOf('/', at);
	const controllers = folder === '' ? [] : folder.split(',');
	return [{controllers, folder, path: end === -1 ? path : path.slice(0, end)}];
}

async function versionTwo(root: string, path: string): Promise<ControlGroup | undefined> {
	const read = (name: string): Promise<string | undefined> => textOf(join(root, path, name));
	const [max, current, stat, pidsMax, pidsNow, cpuMax, weight, cpuStat] = await Promise.all(
		[
			'memory.max',
			'memory.current',
			'memory.stat',
			'pids.max',
			'pids.current',
			'cpu.max',
			'cpu.weight',
			'cpu.stat',
		].map(read),
	);
	if (cpuStat === undefined) {
		return undefined; // There is one in every group of version 2: these are not the groups of that kernel.
	}

	const [quota = '', period = ''] = (cpuMax ?? '').trim().split(' ');
	return {
		version: 2,
		path,
		memory: {max: limitIn(max), used: usedOf(current, stat, 'inactive_file')},
		pids: {max: limitIn(pidsMax), now: numberIn(pidsNow)},
		cpu: {
			max: quota === 'max' ? 'max' : shareOf(numberIn(quota), numberIn(period)),
			weight: numberIn(weight),
			usualWeight: 100,
			periods: fieldIn(cpuStat, 'nr_periods'),
			throttled: fieldIn(cpuStat, 'nr_throttled'),
		},
		allDevices: undefined,
	};
}

async function versionOne(root: string, groups: readonly Group[]): Promise<ControlGroup | undefined> {
	const group = (controller: string): Group | undefined =>
		groups.find(({controllers}) => controllers.includes(controller));
	const read = async (controller: string, name: string): Promise<string | undefined> => {
		const {folder, path} = group(controller) ?? {};
		return folder === undefined || path === undefined
			? undefined
			: ((await textOf(join(root, folder, path, name))) ?? textOf(join(root, controller, path, name)));
	};
	const [max, current, stat, pidsMax, pidsNow, quota, period, shares, cpuStat, devices] = await Promise.all([
		read('memory', 'memory.limit_in_bytes'),
		read('memory', 'memory.usage_in_bytes'),
		read('memory', 'memory.stat'),
		read('pids', 'pids.max'),
		read('pids', 'pids.current'),
		read('cpu', 'cpu.cfs_quota_us'),
		read('cpu', 'cpu.cfs_period_us'),
		read('cpu', 'cpu.shares'),
		read('cpu', 'cpu.stat'),
		read('devices', 'devices.list'),
	]);
	if (max === undefined && pidsMax === undefined) {
		return undefined;
	}

	return {
		version: 1,
		path: group('memory')?.path ?? group('pids')?.path ?? '',
		memory: {max: limitIn(max), used: usedOf(current, stat, 'total_inactive_file')},
		pids: {max: limitIn(pidsMax), now: numberIn(pidsNow)},
		cpu: {
			max: quota?.trim() === '-1' ? 'max' : shareOf(numberIn(quota), numberIn(period)),
			weight: numberIn(shares),
			usualWeight: 1024,
			periods: fieldIn(cpuStat, 'nr_periods'),
			throttled: fieldIn(cpuStat, 'nr_throttled'),
		},
		allDevices: devices === undefined ? undefined : /^a \*:\* /m.test(devices),
	};
}

/** Version 1 writes no limit as the largest number of pages, which is more memory than any machine has. */
const NO_LIMIT = 2 ** 60;

function limitIn(text: string | undefined): Limit | undefined {
	if (text?.trim() === 'max') {
		return 'max';
	}

	const value = numberIn(text);
	return value !== undefined && value >= NO_LIMIT ? 'max' : value;
}

/** Cached files are given up when memory is wanted, so they are not counted as used. */
function usedOf(
	current: string | undefined,
	stat: string | undefined,
	reclaimable: string,
): number | undefined {
	const all = numberIn(current);
	return all === undefined ? undefined : Math.max(0, all - (fieldIn(stat, reclaimable) ?? 0));
}

function shareOf(quota: number | undefined, period: number | undefined): number | undefined {
	return quota === undefined || period === undefined || period === 0 ? undefined : quota / period;
}

function numberIn(text: string | undefined): number | undefined {
	return text !== undefined && /^\d{1,20}\s*$/.test(text) ? Number(text) : undefined;
}

function fieldIn(stat: string | undefined, name: string): number | undefined {
	const line = stat?.split('\n').find(each => each.startsWith(`${name} `));
	return numberIn(line?.slice(name.length + 1));
}
