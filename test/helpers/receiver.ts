import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {ExecutionContext} from 'ava';

/** What a receiver was sent. */
export interface Received {
	readonly method: string;
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

export interface Receiver {
	readonly url: string;
	readonly received: Received[];
	/** Settles when it was asked that often. */
	readonly until: (count: number) => Promise<void>;
}

/** A real HTTP server that keeps what it is sent and answers what a test says; at first sight, 200. */
export async function receiver(
	t: ExecutionContext,
	answer: (response: ServerResponse, received: Received, nth: number) => void = response =>
		response.end('ok'),
): Promise<Receiver> {
	const received: Received[] = [];
	const server = createServer(async (request, response) => {
		const one = await readAll(request);
		received.push(one);
		answer(response, one, received.length);
		server.emit('received');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	const {port} = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		received,
		until: async count => {
			while (received.length < count) {
				await once(server, 'received', {signal: AbortSignal.timeout(10_000)});
			}
		},
	};
}

async function readAll(request: IncomingMessage): Promise<Received> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) {
		chunks.push(chunk as Buffer);
	}

	const {method = '', url: path = '', headers} = request;
	return {method, path, headers, body: Buffer.concat(chunks).toString()};
}
