import type {Network} from '../proxies/plan.ts';

/** An address and how many of its leading bits count. Both families have their bits in groups of equal width. */
interface Parsed {
	readonly groups: readonly number[];
	readonly width: 8 | 16;
	readonly length: number;
}

/** Text → the network in canonical form, or why it is none. A single address is the network of itself alone. */
export function readNetwork(text: string): {readonly network: Network} | {readonly problem: string} {
	const [address = '', length, ...rest] = text.slice(0, MAX_TEXT).split('/');
	const width = address.includes(':') ? 16 : 8;
	const groups = width === 16 ? groupsOf6(address) : groupsOf4(address);
	const bits = (groups?.length ?? 0) * width;
	const counted = length === undefined ? bits : /^(?:0|[1-9]\d{0,2})$/.test(length) ? Number(length) : -1;
	if (groups === undefined || rest.length > 0 || text.length > MAX_TEXT || counted < 0 || counted > bits) {
		return {problem: 'is a network such as 192.0.2.0/24 or 2001:db8::/32'};
	}

	if (width === 16 && groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) {
		return {problem: 'is an IPv4 address in the clothes of IPv6; write it as 192.0.2.1'};
	}

	const network = {groups: masked(groups, width, counted), width, length: counted} as const;
	return network.groups.some((group, index) => group !== groups[index])
		? {problem: `has bits behind its /${counted}; the network is ${written(network)}`}
		: {network: written(network)};
}

const MAX_TEXT = 64;

/** Whether the second is a part of the first, or all of it. Both are canonical. */
export function holdsNetwork(outer: Network, inner: Network): boolean {
	const [large, small] = [parsed(outer), parsed(inner)];
	return (
		large.width === small.width &&
		large.length <= small.length &&
		masked(small.groups, small.width, large.length).every((group, index) => group === large.groups[index])
	);
}

/** How many leading bits of a canonical network count. */
export function lengthOf(network: Network): number {
	return parsed(network).length;
}

export function isIpv6(network: Network): boolean {
	return network.includes(':');
}

function parsed(network: Network): Parsed {
	const [address = '', length = ''] = network.split('/');
	return isIpv6(network)
		? {groups: groupsOf6(address) ?? [], width: 16, length: Number(length)}
		: {groups: groupsOf4(address) ?? [], width: 8, length: Number(length)};
}

function groupsOf4(address: string): readonly number[] | undefined {
	const parts = address.split('.');
	const isAddress = parts.length === 4 && parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part));
	const groups = isAddress ? parts.map(Number) : [];
	return isAddress && groups.every(group => group <= 255) ? groups : undefined;
}

function groupsOf6(address: string): readonly number[] | undefined {
	const [head = '', tail, ...more] = address.split('::');
	const before = head === '' ? [] : head.split(':');
	const after = tail === undefined || tail === '' ? [] : tail.split(':');
	const missing = 8 - before.length - after.length;
	const isCounted = tail === undefined ? missing === 0 && head !== '' : missing >= 1;
	const parts = [...before, ...Array.from({length: Math.max(missing, 0)}, () => '0'), ...after];
	const isAddress = isCounted && more.length === 0 && parts.every(part => /^[0-9a-fA-F]{1,4}$/.test(part));
	return isAddress ? parts.map(part => Number.parseInt(part, 16)) : undefined;
}

function masked(groups: readonly number[], width: number, length: number): readonly number[] {
	return groups.map((group, index) => {
		const own = Math.min(Math.max(length - index * width, 0), width);
		const dropped = width - own;
		return Math.floor(group / 2 ** dropped) * 2 ** dropped;
	});
}

function written({groups, width, length}: Parsed): Network {
	return `${width === 8 ? groups.join('.') : written6(groups)}/${length}`;
}

/** RFC 5952: lower case, and the first longest run of at least two zeros is `::`. */
function written6(groups: readonly number[]): string {
	let run = {start: 0, length: 0};
	let start = 0;
	for (const [index, group] of groups.entries()) {
		start = group === 0 ? start : index + 1;
		run = index + 1 - start > run.length ? {start, length: index + 1 - start} : run;
	}

	const text = (part: readonly number[]): string => part.map(group => group.toString(16)).join(':');
	return run.length < 2
		? text(groups)
		: `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}
