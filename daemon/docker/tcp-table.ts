import {join} from 'node:path';
import {isOurs, textOf} from './proc.ts';
import type {Target} from './target.ts';

/** A line of the kernel's tables of TCP sockets. */
export interface TcpSocket {
	readonly own: TcpEnd;
	readonly other: TcpEnd;
	/** As the kernel numbers states: 01 is ESTABLISHED, 02 SYN_SENT. */
	readonly state: string;
}

interface TcpEnd {
	/** IPv4 in dots, also where it is mapped; IPv6 in eight groups. */
	readonly address: string;
	readonly port: number;
}

export const LISTEN = '0A';

/** TCP sockets inside a container, over IPv4 and IPv6; undefined where they cannot be seen from here. */
export async function tcpSocketsOf(
	target: Pick<Target, 'id' | 'pid'>,
	proc: string,
): Promise<readonly TcpSocket[] | undefined> {
	if (!(await isOurs(target.pid, target.id, proc))) {
		return undefined;
	}

	const [four, six] = await Promise.all(
		['tcp', 'tcp6'].map(table => textOf(join(proc, String(target.pid), 'net', table))),
	);
	// IPv6 may be absent from a kernel, IPv4 never.
	return four === undefined ? undefined : `${four}\n${six ?? ''}`.split('\n').flatMap(socketIn);
}

/** Addresses that nobody reaches from outside. */
export function isLoopback(address: string): boolean {
	return address.startsWith('127.') || address === '0:0:0:0:0:0:0:1';
}

function socketIn(line: string): readonly TcpSocket[] {
	const [, ownAddress = '', ownPort = '', address = '', port = '', state = ''] =
		/^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) /.exec(line) ?? [];
	const own = addressOf(ownAddress);
	const other = addressOf(address);
	return own === undefined || other === undefined
		? []
		: [
				{
					own: {address: own, port: Number.parseInt(ownPort, 16)},
					other: {address: other, port: Number.parseInt(port, 16)},
					state,
				},
			];
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
