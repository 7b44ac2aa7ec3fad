import {createServer, type Http2Server, type ServerHttp2Stream} from 'node:http2';
import {type AddressInfo, connect, createServer as createTcpServer, type Socket} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {type Connection, openConnection} from '../../frontend/gateway/http2.ts';
import {toFrame} from '../../proto/http2/frames.ts';
import {toHpack} from '../../proto/http2/hpack.ts';

// Node's own HTTP/2 is the other side: it codes headers with Huffman and keeps windows as the RFCs say.

const request = new Map([
	[':method', 'POST'],
	[':scheme', 'http'],
	[':path', '/service/Method'],
	[':authority', 'localhost'],
	['te', 'trailers'],
]);

test('a request and its answer arrive whole, with headers and trailers', async t => {
	const connection = await peer(t, {}, (stream, body) => {
		stream.respond({':status': 200, 'content-type': 'application/grpc'}, {waitForTrailers: true});
		stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0'}));
		stream.end(body);
	});

	const {headers, body} = await connection.post(request, Buffer.from('hello'));

	t.is(body.toString(), 'hello');
	t.is(headers.get(':status'), '200');
	t.is(headers.get('content-type'), 'application/grpc');
	t.is(headers.get('grpc-status'), '0');
});

test('any header value that Node can send is read as it was sent', async t => {
	const connection = await peer(t, {}, (stream, body) => {
		stream.respond({':status': 200, 'x-value': body.toString()});
		stream.end();
	});
	const value = fc.string({
		unit: fc.integer({min: 0x21, max: 0x7e}).map(code => String.fromCharCode(code)),
		maxLength: 300,
	});

	await fc.assert(
		fc.asyncProperty(value, async wanted => {
			const {headers} = await connection.post(request, Buffer.from(wanted));

			t.is(headers.get('x-value'), wanted);
		}),
		{numRuns: 100},
	);
});

test('a megabyte goes through small windows, both ways, for several calls at once', async t => {
	const connection = await peer(t, {initialWindowSize: 1000}, (stream, body) => {
		stream.respond({':status': 200});
		stream.end(body);
	});
	const bodies = [1, 999, 70_000, 1_000_000].map(size => Buffer.alloc(size, size % 251));

	const answers = await Promise.all(bodies.map(body => connection.post(request, body)));

	for (const [at, {body}] of answers.entries()) {
		t.true(body.equals(bodies[at] ?? Buffer.alloc(0)));
	}
});

test('an answer that comes before the request was read is taken, and the next call works', async t => {
	const connection = await peer(
		t,
		{initialWindowSize: 10},
		(stream, body) => {
			stream.respond({':status': 200, 'x-read': String(body.length)});
			stream.end();
		},
		{answersAtOnce: true},
	);

	const first = await connection.post(request, Buffer.alloc(1_000_000));
	const second = await connection.post(request, Buffer.from('x'));

	t.is(first.headers.get(':status'), '200');
	t.is(second.headers.get(':status'), '200');
});

test('a call that the other side resets is an error, and others go on', async t => {
	const connection = await peer(t, {}, (stream, body) => {
		if (body.toString() === 'bad') {
			stream.close(2);
		} else {
			stream.respond({':status': 200});
			stream.end();
		}
	});

	await t.throwsAsync(connection.post(request, Buffer.from('bad')), {
		message: /reset the call \(HTTP\/2 error 2\)/,
	});
	const {headers} = await connection.post(request, Buffer.from('good'));

	t.is(headers.get(':status'), '200');
});

test('a connection that closes ends every call, and later ones at once', async t => {
	const connection = await peer(t, {}, stream => stream.session?.destroy());

	await t.throwsAsync(connection.post(request, Buffer.from('x')));
	await t.throwsAsync(connection.post(request, Buffer.from('x')));
});

test('a trailer of any size is read: BuildKit puts whole errors in one', async t => {
	const value = 'A'.repeat(500_000);
	const block = toHpack([
		['grpc-status', '2'],
		['grpc-status-details-bin', value],
	]);
	const parts = Array.from({length: Math.ceil(block.length / 16_384)}, (_, at) =>
		block.subarray(at * 16_384, (at + 1) * 16_384),
	);
	const frames = parts.map((part, at) =>
		toFrame(at === 0 ? 1 : 9, (at === 0 ? 1 : 0) | (at === parts.length - 1 ? 4 : 0), 1, part),
	);
	const socket = await rawPeer(t, other => {
		other.once('data', () => other.write(Buffer.concat([toFrame(4, 0, 0, Buffer.alloc(0)), ...frames])));
	});

	const {headers} = await openConnection(socket, socket).post(request, Buffer.from('x'));

	t.is(headers.get('grpc-status-details-bin')?.length, value.length);
});

test('bytes that are no HTTP/2 end the call with an error', async t => {
	for (const bytes of [
		toFrame(1, 5, 1, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)),
		toFrame(1, 5, 1, Buffer.of(0x3f, 0xe1, 0x1f)),
	]) {
		const socket = await rawPeer(t, other => {
			other.once('data', () => other.end(bytes));
		});
		await t.throwsAsync(openConnection(socket, socket).post(request, Buffer.from('x')));
	}
});

test('a frame larger than it may be, and one that is all padding, end the call with an error', async t => {
	for (const bytes of [toFrame(0, 0, 1, Buffer.alloc(16_385)), toFrame(0, 8, 1, Buffer.of(9, 0))]) {
		const socket = await rawPeer(t, other => {
			other.once('data', () => other.write(bytes));
		});
		await t.throwsAsync(openConnection(socket, socket).post(request, Buffer.from('x')), {
			message: /^What BuildKit sent cannot be read: /,
		});
	}
});

type Handler = (stream: ServerHttp2Stream, body: Buffer) => void;

async function peer(
	t: ExecutionContext,
	settings: {readonly initialWindowSize?: number},
	handler: Handler,
	{answersAtOnce = false} = {},
): Promise<Connection> {
	const server: Http2Server = createServer({settings});
	server.on('sessionError', () => undefined);
	server.on('stream', stream => {
		const chunks: Buffer[] = [];
		stream.on('error', () => undefined);
		if (answersAtOnce) {
			handler(stream, Buffer.alloc(0));
		} else {
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => handler(stream, Buffer.concat(chunks)));
		}
	});
	const socket = await listenAndConnect(t, server);
	return openConnection(socket, socket);
}

function rawPeer(t: ExecutionContext, talk: (socket: Socket) => void): Promise<Socket> {
	return listenAndConnect(t, createTcpServer(talk));
}

async function listenAndConnect(
	t: ExecutionContext,
	server: ReturnType<typeof createTcpServer>,
): Promise<Socket> {
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	const {port} = server.address() as AddressInfo;
	const socket = connect(port, '127.0.0.1');
	t.teardown(() => {
		socket.destroy();
		server.close();
	});
	return socket;
}
