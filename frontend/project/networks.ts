import {type Door, listAt, type Path} from '../project-door.ts';
import type {Access, Network} from '../proxies/plan.ts';
import {holdsNetwork, isIpv6, lengthOf, readNetwork} from './network.ts';

const MAX_NETWORKS = 256;

/** Networks of a list, canonical and each only once. */
export function networksAt(door: Door, path: Path, value: unknown): readonly Network[] {
	const seen = new Set<Network>();
	for (const [index, each] of listAt(door, path, value, MAX_NETWORKS).entries()) {
		const at = [...path, index];
		const read = readNetwork(String(each));
		const network = 'network' in read ? read.network : door.refuse(at, `${at.join('.')} ${read.problem}`);
		if (seen.has(network)) {
			door.refuse(at, `${at.join('.')} is ${network} once more`);
		}

		seen.add(network);
	}

	return [...seen];
}

/** Who may come and who may not. What could never decide anything is a mistake. */
export function addressesAt(
	door: Door,
	path: Path,
	access: Readonly<Record<string, unknown>>,
): Access['addresses'] {
	const allow = networksAt(door, [...path, 'allow'], access['allow']);
	const deny = networksAt(door, [...path, 'deny'], access['deny']);
	const empty = [
		...('allow' in access ? [['allow', allow] as const] : []),
		...('deny' in access ? [['deny', deny] as const] : []),
	].find(([, networks]) => networks.length === 0);
	if (empty !== undefined) {
		const at = [...path, empty[0]];
		door.refuse(
			at,
			`${at.join('.')} names nobody, and would change nothing; name a network, or refuse the path with "to: {refuse: 403}"`,
		);
	}

	for (const [index, network] of allow.entries()) {
		const at = [...path, 'allow', index];
		const over = deny.find(each => holdsNetwork(each, network));
		if (over !== undefined) {
			door.refuse(at, `${at.join('.')} lets ${network} in, and "deny" with ${over} decides before it`);
		}

		if (lengthOf(network) === 0) {
			door.refuse(at, `${at.join('.')} lets everyone in, and looks as if it did not; leave "allow" out`);
		}
	}

	return allow.length + deny.length === 0 ? undefined : {deny, allow};
}

/** The shortest that may be believed: 10.0.0.0/8 and fd00::/8 are private, and no load balancer's own network is larger. */
const SHORTEST = {ipv4: 8, ipv6: 7} as const;

/** Proxies whose word on a client's address is taken. To believe everyone is to believe every client. */
export function trustedAt(door: Door, path: Path, value: unknown): readonly Network[] {
	const networks = networksAt(door, path, value);
	for (const [index, network] of networks.entries()) {
		const shortest = isIpv6(network) ? SHORTEST.ipv6 : SHORTEST.ipv4;
		if (lengthOf(network) < shortest) {
			const at = [...path, index];
			door.refuse(
				at,
				`${at.join('.')} believes ${network}, so clients could choose the address they come from; name the load balancer's own network, /${shortest} or smaller`,
			);
		}
	}

	return networks;
}
