import {subscribe, unsubscribe} from 'node:diagnostics_channel';
import type {Socket} from 'node:net';

/** Where this process connected to, as the sockets themselves tell it; Unix sockets are no addresses. */
export function recordConnects(): Disposable & {readonly places: () => readonly string[]} {
	const places = new Set<string>();
	const listen = (message: unknown): void => {
		const {socket} = message as {readonly socket: Socket};
		socket.on('connectionAttempt', (ip: string, port: number) => {
			places.add(`${ip}:${port}`);
		});
		// Told for names only: whoever looks one up asks somebody else where to connect to.
		socket.on('lookup', (_error: unknown, _address: string, _family: number, host: string) => {
			places.add(`the name ${host}`);
		});
		// An address that is given as such is connected to without an attempt being told.
		socket.on('connect', () => {
			if (socket.remoteAddress !== undefined) {
				places.add(`${socket.remoteAddress}:${socket.remotePort}`);
			}
		});
	};
	subscribe('net.client.socket', listen);
	return {
		places: () => [...places].toSorted(),
		[Symbol.dispose]: () => {
			unsubscribe('net.client.socket', listen);
		},
	};
}
