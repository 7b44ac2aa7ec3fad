import {createSecureServer, type ServerHttp2Stream} from 'node:http2';
import {createServer as createHttpsServer} from 'node:https';
import {createServer as createTlsServer, type TLSSocket} from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import {type Answer, ask, MAX_BODY_BYTES, type Place} from '../../daemon/probes/ask.ts';
import {openWires} from '../../daemon/probes/wires.ts';
import {makeAuthority} from '../helpers/certificates.ts';
import {frame} from '../helpers/frames.ts';
import {listening} from '../helpers/subject.ts';

const certified = makeAuthority().issue('app.test');

interface Tried {
	readonly answer?: Answer;
	readonly error?: Error & {readonly code?: string};
	readonly elapsed: number;
}

async function tryAsking(port: number, path = '/', patienceMs = 1000): Promise<Tried> {
	const place: Place = {protocol: 'https', address: {host: '127.0.0.1', port}, name: 'app.test'};
	const wires = openWires();
	const started = performance.now();
	try {
		const answer = await ask(place, {path, version: 'HTTP/2'}, AbortSignal.timeout(patienceMs), wires);
		return {answer, elapsed: performance.now() - started};
	} catch (error) {
		return {error: error as Error, elapsed: performance.now() - started};
	} finally {
		wires.close();
	}
}

function h2Server(talk: (stream: ServerHttp2Stream) => void) {
	const lenient = {strictSingleValueFields: false};
	const server = createSecureServer({...certified, ...lenient});
	server.on('sessionError', () => undefined);
	server.on('stream', stream => {
		stream.on('error', () => undefined);
		talk(stream);
	});
	return listening(server);
}

/** Negotiates HTTP/2 and then says what it likes, byte by byte. */
function rawH2Server(talk: (socket: TLSSocket) => void) {
	const server = createTlsServer({...certified, ALPNProtocols: ['h2']}, socket => {
		socket.on('error', () => undefined);
		talk(socket);
	});
	return listening(server);
}

const SETTINGS = frame(4, 0, 0, Buffer.alloc(0));

/** Writes again and again until the socket is gone, never more than it takes. */
function flood(socket: TLSSocket, bytes: Buffer): void {
	const more = (): void => {
		for (let count = 0; count < 64 && !socket.destroyed && socket.writable; count += 1) {
			if (!socket.write(bytes)) {
				socket.once('drain', more);
				return;
			}
		}

		if (!socket.destroyed) {
			setImmediate(more);
		}
	};
	more();
}

test('an answer over HTTP/2 has its headers one by one, in lower case and unmerged', async t => {
	await using server = await h2Server(stream => {
		stream.respond({
			':status': 200,
			'X-Mixed': 'a',
			'x-twice': ['b', 'c'],
			'set-cookie': ['a=1', 'b=2'],
		});
		stream.end('hello');
	});

	const {answer} = await tryAsking(server.port);

	t.is(answer?.status, 200);
	t.is(answer?.body, 'hello');
	t.deepEqual(
		answer?.headers.filter(([name]) => name !== 'date'),
		[
			['x-mixed', 'a'],
			['x-twice', 'b'],
			['x-twice', 'c'],
			['set-cookie', 'a=1'],
			['set-cookie', 'b=2'],
		],
	);
});

test('probes say who they are, and ask for the name that was promised', async t => {
	let heard: Record<string, unknown> = {};
	const server = createSecureServer(certified);
	server.on('stream', (stream, headers) => {
		heard = headers;
		stream.respond({':status': 204});
		stream.end();
	});
	await using listener = await listening(server);

	await tryAsking(listener.port, '/path?query');

	t.regex(String(heard['user-agent']), /^sallyport-daemon\/\d+\.\d+\.\d+/);
	t.is(heard[':authority'], 'app.test');
	t.is(heard[':path'], '/path?query');
});

test('a name is asked for in the handshake, and an address is not, over either version', async t => {
	const heard: unknown[] = [];
	const server = createSecureServer({...certified, allowHTTP1: true}, (_, response) => void response.end());
	server.on('secureConnection', (socket: TLSSocket & {servername?: string | false}) =>
		heard.push(socket.servername),
	);
	await using listener = await listening(server);
	for (const name of ['app.test', '127.0.0.1', '']) {
		const place: Place = {protocol: 'https', address: {host: '127.0.0.1', port: listener.port}, name};
		for (const version of ['HTTP/1.1', 'HTTP/2'] as const) {
			const wires = openWires();
			await ask(place, {path: '/', version}, AbortSignal.timeout(5000), wires);
			wires.close();
		}
	}

	t.deepEqual(heard, ['app.test', 'app.test', false, false, false, false]);
});

test('questions of one look share a connection, and a lost one is made again', async t => {
	let connections = 0;
	const server = createSecureServer(certified);
	server.on('secureConnection', () => {
		connections += 1;
	});
	server.on('stream', (stream, headers) => {
		stream.on('error', () => undefined);
		if (headers[':path'] === '/end') {
			stream.session?.destroy();
			return;
		}

		stream.respond({':status': 200});
		stream.end();
	});
	await using listener = await listening(server);
	const place: Place = {
		protocol: 'https',
		address: {host: '127.0.0.1', port: listener.port},
		name: 'app.test',
	};
	const wires = openWires();
	const asking = (path: string): Promise<Answer> =>
		ask(place, {path, version: 'HTTP/2'}, AbortSignal.timeout(2000), wires);

	await Promise.all([asking('/'), asking('/'), asking('/')]);
	t.is(connections, 1);
	await t.throwsAsync(asking('/end'));
	await asking('/');
	t.is(connections, 2);
	wires.close();
});

test('a server that speaks HTTP/1.1 only is told apart from one that fails', async t => {
	await using server = await listening(createHttpsServer(certified, (_, response) => response.end()));

	const {error} = await tryAsking(server.port);

	t.is(error?.code, 'HTTP2_NOT_SPOKEN');
});

test('a body without an end is cut', async t => {
	await using server = await h2Server(stream => {
		stream.respond({':status': 200});
		const more = (): void => {
			if (!stream.destroyed && stream.write(Buffer.alloc(16_384, 'x'))) {
				setImmediate(more);
			}
		};
		stream.on('drain', more);
		more();
	});

	const {answer, elapsed} = await tryAsking(server.port, '/', 5000);

	t.true(answer?.cut);
	t.is(answer?.body.length, MAX_BODY_BYTES);
	t.true(elapsed < 4000, String(elapsed));
});

test('a binary body is kept byte for byte, and throws nobody off', async t => {
	await using server = await h2Server(stream => {
		stream.respond({':status': 200});
		stream.end(Buffer.from([0, 255, 128, 10, 13, 0]));
	});

	const {answer} = await tryAsking(server.port);

	t.deepEqual(Buffer.from(answer?.body ?? '', 'latin1'), Buffer.from([0, 255, 128, 10, 13, 0]));
});

/** Whether the error is ours or the clock's is part of the promise: who floods is not waited for. */
async function isGivenUp(t: ExecutionContext, port: number, why = /aborted due to timeout/): Promise<void> {
	const patienceMs = why.source.includes('timeout') ? 700 : 8000;
	const before = process.memoryUsage().rss;
	const {answer, error, elapsed} = await tryAsking(port, '/', patienceMs);

	t.is(answer?.status, undefined);
	t.regex(String(error?.message), why);
	t.true(elapsed < patienceMs + 1500, `${elapsed} ms`);
	t.true(process.memoryUsage().rss - before < 96 * 1024 * 1024);
}

test('a server that never answers is given up', async t => {
	await using server = await h2Server(() => undefined);

	await isGivenUp(t, server.port);
});

test('a server that agrees on HTTP/2 and says nothing is given up', async t => {
	await using server = await rawH2Server(() => undefined);

	await isGivenUp(t, server.port);
});

test('a server that hangs up at once is an error, not a wait', async t => {
	await using server = await rawH2Server(socket => socket.destroy());

	const {error, elapsed} = await tryAsking(server.port, '/', 5000);

	t.true(error instanceof Error);
	t.true(elapsed < 3000);
});

test('bytes that are no frames are an error', async t => {
	await using server = await rawH2Server(socket => flood(socket, Buffer.alloc(4096, 0xa5)));

	await isGivenUp(t, server.port, /no HTTP\/2/);
});

test('more bytes of headers than an answer may have are no answer', async t => {
	await using server = await h2Server(stream => {
		const headers = Object.fromEntries(
			Array.from({length: 40}, (_, index) => [`x-${index}`, 'v'.repeat(1024)]),
		);
		stream.respond({':status': 200, ...headers});
		stream.end();
	});

	await isGivenUp(t, server.port, /more headers/);
});

test('more headers than an answer may have are no answer', async t => {
	await using server = await h2Server(stream => {
		const headers = Object.fromEntries(Array.from({length: 1200}, (_, index) => [`x-${index}`, '']));
		stream.respond({':status': 200, ...headers});
		stream.end();
	});

	await isGivenUp(t, server.port, /more headers/);
});

test('headers that go on in one frame after another end', async t => {
	await using server = await rawH2Server(socket => {
		socket.write(SETTINGS);
		// HEADERS without END_HEADERS; each CONTINUATION adds a literal that is not indexed.
		socket.write(frame(1, 0, 1, Buffer.from([0x88])));
		const literal = Buffer.concat([
			Buffer.from([0x00, 1]),
			Buffer.from('x'),
			Buffer.from([100]),
			Buffer.alloc(100, 'v'),
		]);
		flood(socket, frame(9, 0, 1, literal));
	});

	await isGivenUp(t, server.port, /more headers/);
});

test('pings, settings and provisional answers without end are given up', async t => {
	const floods: Readonly<Record<string, Buffer>> = {
		ping: frame(6, 0, 0, Buffer.alloc(8)),
		settings: SETTINGS,
		priority: frame(2, 0, 1, Buffer.alloc(5)),
	};
	for (const bytes of Object.values(floods)) {
		await using server = await rawH2Server(socket => {
			socket.write(SETTINGS);
			flood(socket, bytes);
		});

		await isGivenUp(t, server.port, /without end/);
	}

	await using hints = await h2Server(stream => {
		const more = (): void => {
			if (!stream.destroyed && !stream.headersSent) {
				stream.additionalHeaders({':status': 103, link: '</x>'});
				setTimeout(more, 1);
			}
		};
		more();
	});
	await isGivenUp(t, hints.port);
});

test('nothing is taken that was not asked for', async t => {
	let isAllowed: boolean | undefined;
	await using server = await h2Server(stream => {
		isAllowed = stream.pushAllowed;
		stream.respond({':status': 200});
		stream.end('asked for');
	});

	const {answer} = await tryAsking(server.port);

	t.is(answer?.body, 'asked for');
	t.false(isAllowed);
});
