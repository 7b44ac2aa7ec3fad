import {unseen} from './proc.ts';
import type {Seen} from './processes.ts';
import type {Target} from './target.ts';
import {isLoopback, LISTEN, tcpSocketsOf} from './tcp-table.ts';

/** The other end of a connection that somebody in the container has opened. */
export interface Remote {
	/** IPv4 in dots, IPv6 in eight groups. */
	readonly address: string;
	readonly port: number;
}

/** More connections than this at one moment are told no further. */
const MOST = 1024;

/**
 * Whom the container talks to at this moment: connections that are there or being made, to others than itself, on whose own
 * end nothing listens. A connection that is shorter than the time between two looks is not seen.
 */
export async function remotesOf(target: Pick<Target, 'id' | 'pid'>, proc = '/proc'): Promise<Seen<Remote>> {
	const sockets = await tcpSocketsOf(target, proc);
	if (sockets === undefined) {
		return unseen;
	}

	const listening = new Set(sockets.filter(({state}) => state === LISTEN).map(({own}) => own.port));
	const remotes = sockets
		.filter(
			({own, other, state}) => OPEN.includes(state) && !listening.has(own.port) && !isOwn(other.address),
		)
		.map(({other}) => [`${other.address} ${other.port}`, other] as const);
	return {seen: true, items: [...new Map(remotes).values()].slice(0, MOST)};
}

/** ESTABLISHED and SYN_SENT. */
const OPEN = ['01', '02'];

function isOwn(address: string): boolean {
	return isLoopback(address) || /^0(?:[.:]0)+$/.test(address);
}
