import {createServer} from 'node:net';

/** The wanted port of 127.0.0.1 if nobody listens there, else one that is free now. */
export async function freePort(wanted: number): Promise<number> {
	return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

function tryPort(port: number): Promise<number | undefined> {
	return new Promise(resolve => {
		const server = createServer();
		server.once('error', () => resolve(undefined));
		server.listen({port, host: '127.0.0.1', exclusive: true}, () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
		});
	});
}
