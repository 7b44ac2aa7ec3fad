import {join} from 'node:path';
import {isOurs, textOf, unseen} from './proc.ts';
import type {Seen} from './processes.ts';
import type {Target} from './target.ts';

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
	if (!(await isOurs(target.pid, target.id, proc))) {
		return unseen;
	}

	const [four, six] = await Promise.all(
		['tcp', 'tcp6'].map(table => textOf(join(proc, String(target.pid), 'net', table))),
	);
	if (four === undefined) {
		return unseen;
	}

	const sockets = `${four}\n${six ?? ''}`.split('\n').flatMap(socketIn);
	const listening = new Set(sockets.filter(({state}) => state === LISTEN).map(({own}) => own));
	const remotes = sockets
		.filter(({state, own, address}) => OPEN.includes(state) && !listening.has(own) && !isOwn(address))
		.map(({address, port}) => [`${address} ${port}`, {address, port}] as const);
	return {seen: true, items: [...new Map(remotes).values()].slice(0, MOST)};
}

const LISTEN = '0A';
/** ESTABLISHED and SYN_SENT. */
const OPEN = ['01', '02'];

function socketIn(line: string): readonly {
	readonly own: number;
	readonly address: string;
	readonly port: number;
	readonly state: string;
}[] {
	const [, own = '', address = '', port = '', state = ''] =
		/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /.exec(line) ?? [];
	const text = addressOf(address);
	return text === undefined
		? []
		: [{own: Number.parseInt(own, 16), address: text, port: Number.parseInt(port, 16), state}];
}

/** The kernel writes each 32-bit word in the byte order of the host, which is little-endian wherever we run. */
function addressOf(hex: string): string | undefined {
	const words = hex.match(/.{8}/g) ?? [];
	const bytes = words.flatMap(word => [6, 4, 2, 0].map(at => Number.parseInt(word.slice(at, at + 2), 16)));
	if (bytes.length === 4) {
		return bytes.join('.');
	}

	if (bytes.length !== 16) {
		return;
	}

	const isMapped = bytes.slice(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
	return isMapped
		? bytes.slice(12).join('.')
		: Array.from({length: 8}, (_, at) =>
				(((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
			).join(':');
}

function isOwn(address: string): boolean {
	return address.startsWith('127.') || address === '0:0:0:0:0:0:0:1' || /^0(?:[.:]0)+$/.test(address);
}
