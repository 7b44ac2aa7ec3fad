import type {AddressInfo, Server, Socket} from 'node:net';
import {createServer} from 'node:net';
import {createServer as createTlsServer} from 'node:tls';
import {gzipSync} from 'node:zlib';
import {selfSigned} from './certificates.ts';
import {frame} from './frames.ts';

// The worst that may answer on a container's port. A process of its own, so that what it costs to be a nuisance is not taken
// for what it costs to meet one. Tells its parent the ports of each, and which of them were connected to, when asked.

const certified = selfSigned('localhost');
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n';
const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));

/** Writes until the other side has had enough. */
function endlessly(socket: Socket, chunk: Uint8Array | string): void {
	const more = (): void => {
		while (!socket.destroyed && socket.write(chunk)) {
			// Until the buffer is full.
		}
	};
	socket.on('drain', more);
	more();
}

function slowly(socket: Socket, text: string): void {
	let at = 0;
	const timer = setInterval(() => {
		if (socket.destroyed || at >= text.length) {
			clearInterval(timer);
		} else {
			socket.write(text[at] ?? '');
			at += 1;
		}
	}, 200);
	socket.on('close', () => clearInterval(timer));
}

/** Each speaks after the first bytes of a request, in plain text or inside TLS. */
const talks: Readonly<Record<string, (socket: Socket, elsewhere: number) => void>> = {
	'five bytes a second': socket =>
		slowly(socket, `${HEAD}Content-Length: 100000\r\n\r\n${'a'.repeat(100_000)}`),
	'a body without an end': socket => {
		socket.write(`${HEAD}\r\n`);
		endlessly(socket, Buffer.alloc(64 * 1024, 0x61));
	},
	'headers without an end': socket => {
		socket.write(HEAD);
		endlessly(socket, `X-More: ${'a'.repeat(4000)}\r\n`.repeat(16));
	},
	'one header of 16 MB': socket => {
		socket.write(`${HEAD}X-Long: `);
		socket.write(Buffer.alloc(16 * 1024 * 1024, 0x61));
		socket.write('\r\n\r\n');
	},
	'ten thousand headers': socket => socket.end(`${HEAD}${'A: b\r\n'.repeat(10_000)}\r\n`),
	'binary noise': socket => {
		socket.end(Buffer.from(Array.from({length: 65_536}, (_, index) => (index * 2_654_435_761) & 0xff)));
	},
	'chunks without an end, of one byte': socket => {
		socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
		endlessly(socket, '1\r\na\r\n'.repeat(1000));
	},
	'a chunk of 2^60 bytes': socket => {
		socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n`);
		endlessly(socket, Buffer.alloc(64 * 1024, 0x61));
	},
	'a redirect to itself for ever': socket => {
		socket.end('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
	},
	'a redirect to another service of this host': (socket, elsewhere) => {
		const to = `http://127.0.0.1:${elsewhere}/`;
		socket.end(`HTTP/1.1 301 Moved\r\nLocation: ${to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
	},
	'a redirect to a name that would have to be looked up': (socket, elsewhere) => {
		const to = `https://localhost:${elsewhere}/, https://metadata.example/`;
		socket.end(`HTTP/1.1 308 Moved\r\nLocation: ${to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
	},
	'64 MB in 64 kB of gzip': socket => {
		socket.write(`${HEAD}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
		socket.end(bomb);
	},
	'a thousand interim answers': socket =>
		endlessly(socket, 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(1000)),
	'a switch to another protocol': socket => {
		socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\n');
		endlessly(socket, Buffer.alloc(64 * 1024, 0x61));
	},
	'headers with escapes, and cookies by the thousand': socket => {
		const cookies = 'Set-Cookie: \u001B]0;x\u0007=1; Path=/\r\n'.repeat(200);
		socket.end(
			`${HEAD}Server: \u001B[2J\u009B31m\r\n${cookies}Connection: close\r\nContent-Length: 2\r\n\r\nok`,
		);
	},
	'nothing at all': () => undefined,
	'a hangup': socket => socket.destroy(),
};

const settings = frame(4, 0, 0);
const http2: Readonly<Record<string, (socket: Socket) => void>> = {
	'CONTINUATION without an end': socket => {
		socket.write(settings);
		socket.write(frame(1, 0, 1, Buffer.from([0x88])));
		endlessly(socket, frame(9, 0, 1, Buffer.alloc(8192, 0x40)));
	},
	'SETTINGS without an end': socket =>
		endlessly(socket, Buffer.concat(Array.from({length: 500}, () => settings))),
	'PING without an end': socket => {
		socket.write(settings);
		endlessly(socket, Buffer.concat(Array.from({length: 500}, () => frame(6, 0, 0, Buffer.alloc(8)))));
	},
	'every stream reset': socket => {
		socket.write(settings);
		endlessly(
			socket,
			Buffer.concat(Array.from({length: 500}, (_, index) => frame(3, 0, 2 * index + 1, Buffer.alloc(4)))),
		);
	},
	'empty DATA without an end': socket => {
		socket.write(settings);
		socket.write(frame(1, 4, 1, Buffer.from([0x88])));
		endlessly(socket, Buffer.concat(Array.from({length: 500}, () => frame(0, 0, 1))));
	},
	'a promise of 2^31 streams, and nothing': socket => {
		socket.write(frame(4, 0, 0, Buffer.from([0, 3, 0x7f, 0xff, 0xff, 0xff])));
	},
};

/** Honest, and looked at while all of the others are. */
const honest = 'an honest container';
const hello = 'hello';
const says = `${HEAD}X-Content-Type-Options: nosniff\r\nContent-Length: ${hello.length}\r\n\r\n${hello}`;

/** A service of this host that is no container's. */
const other = await portOf(createServer(socket => socket.on('error', () => undefined).end()));
const ports: Record<string, {readonly https: number; readonly http: number; readonly isHttp2: boolean}> = {};
for (const [name, talk] of Object.entries(talks)) {
	ports[name] = {...(await servers(socket => talk(socket, other), ['http/1.1'])), isHttp2: false};
}

for (const [name, talk] of Object.entries(http2)) {
	ports[name] = {...(await servers(talk, ['h2', 'http/1.1'])), isHttp2: true};
}

ports[honest] = {
	...(await servers(
		socket => {
			socket.write(says);
			socket.on('data', () => socket.write(says));
		},
		['http/1.1'],
	)),
	isHttp2: false,
};
process.send?.({ports, other});
// Without its parent it has no business.
process.on('disconnect', () => process.exit(0));

async function servers(
	talk: (socket: Socket) => void,
	protocols: readonly string[],
): Promise<{readonly https: number; readonly http: number}> {
	const speak = (socket: Socket): void => {
		socket.on('error', () => undefined);
		socket.once('data', () => talk(socket));
	};
	const secure = createTlsServer({...certified, ALPNProtocols: [...protocols]}, speak);
	secure.on('tlsClientError', () => undefined);
	return {https: await portOf(secure), http: await portOf(createServer(speak))};
}

async function portOf(server: Server): Promise<number> {
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
	return (server.address() as AddressInfo).port;
}
