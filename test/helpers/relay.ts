import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** A Unix socket that leads to another and can be taken away: an engine that vanishes and returns. */
export interface Relay extends AsyncDisposable {
	/** As DOCKER_HOST wants it. */
	readonly host: string;
	/** Cuts every connection and removes the socket. */
	vanish(): Promise<void>;
	appear(): Promise<void>;
}

/** @param to `unix:///path` or `tcp://host:port` */
export function relayTo(to: string): Relay {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-relay-'));
	const path = join(folder, 'docker.sock');
	const sockets = new Set<Socket>();
	let server: Server | undefined;

	const vanish = async (): Promise<void> => {
		for (const socket of sockets) {
			socket.destroy();
		}

		if (server !== undefined) {
			server.close();
			await once(server, 'close');
			server = undefined;
		}
	};
	return {
		host: `unix://${path}`,
		vanish,
		appear: async () => {
			server = createServer(near => {
				const far = connectTo(to);
				for (const [socket, other] of [
					[near, far],
					[far, near],
				] as const) {
					sockets.add(socket);
					socket.on('error', () => undefined);
					socket.on('close', () => {
						sockets.delete(socket);
						other.destroy();
					});
					socket.pipe(other);
				}
			});
			server.listen(path);
			await once(server, 'listening');
		},
		[Symbol.asyncDispose]: async () => {
			await vanish();
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

function connectTo(to: string): Socket {
	const [, host, port] = /^tcp:\/\/([^:]+):(\d+)$/.exec(to) ?? [];
	return host === undefined ? connect(to.replace('unix://', '')) : connect(Number(port), host);
}
