import type {Readable, Writable} from 'node:stream';
import {
	contentOf,
	DEFAULT_WINDOW,
	type Frame,
	flags,
	frameReader,
	frameTypes,
	MAX_FRAME_BYTES,
	PREFACE,
	readSettings,
	settings,
	toFrame,
	toSettings,
	toWindowUpdate,
} from '../../proto/http2/frames.ts';
import {hpackDecoder, type Pair, toHpack} from '../../proto/http2/hpack.ts';

export type Headers = ReadonlyMap<string, string>;

/** What came back for one request: headers and trailers together, and the body. */
export interface Answer {
	readonly headers: Headers;
	readonly body: Buffer;
}

export interface Connection {
	/** Sends one POST and resolves with its whole answer. @throws {Error} when the connection or the stream breaks */
	post(headers: Headers, body: Uint8Array): Promise<Answer>;
}

/** The largest window there is: no build receives two gigabytes, so windows are never given back piece by piece. */
const ALL = 2 ** 31 - 1;
/** Bounds on one answer, in bytes; BuildKit itself stops at 16 MiB. */
const MAX_BODY = 32 * 1024 * 1024;
const MAX_BLOCK = 32 * 1024 * 1024;
/** The server is told to keep no table of headers for us: it sends few, and each as it is. */
const NO_TABLE = 0;

interface Stream {
	readonly id: number;
	readonly resolve: (answer: Answer) => void;
	readonly reject: (error: Error) => void;
	readonly headers: Map<string, string>;
	readonly body: Buffer[];
	received: number;
	/** What is still to be sent. */
	pending: Buffer;
	window: number;
}

interface State {
	readonly write: (bytes: Buffer) => void;
	readonly decode: (block: Uint8Array) => readonly Pair[];
	readonly streams: Map<number, Stream>;
	nextId: number;
	/** How much more the server takes, on the connection and on a new stream. */
	window: number;
	streamWindow: number;
	/** A header block that continues. */
	block:
		| {readonly stream: number; readonly ends: boolean; readonly parts: Buffer[]; size: number}
		| undefined;
	broken: Error | undefined;
}

/** Opens HTTP/2 with prior knowledge, as the client. The preface is on its way when this returns. */
export function openConnection(input: Readable, output: Writable): Connection {
	const state: State = {
		write: bytes => void output.write(bytes),
		decode: hpackDecoder(MAX_BLOCK, NO_TABLE),
		streams: new Map(),
		nextId: 1,
		window: DEFAULT_WINDOW,
		streamWindow: DEFAULT_WINDOW,
		block: undefined,
		broken: undefined,
	};
	const wish = toSettings([
		[settings.headerTable, NO_TABLE],
		[settings.push, 0],
		[settings.window, ALL],
	]);
	state.write(Buffer.concat([PREFACE, wish, toWindowUpdate(0, ALL - DEFAULT_WINDOW)]));
	const read = frameReader(MAX_FRAME_BYTES);
	input.on('data', (chunk: Buffer) => take(state, read, chunk));
	input.on('end', () => fail(state, 'BuildKit closed the connection'));
	input.on('error', error => fail(state, error.message));
	output.on('error', error => fail(state, error.message));
	return {post: (headers, body) => post(state, headers, body)};
}

function take(state: State, read: ReturnType<typeof frameReader>, chunk: Buffer): void {
	if (state.broken !== undefined) {
		return;
	}

	try {
		for (const received of read(chunk)) {
			handle(state, received);
		}
	} catch (error) {
		fail(state, `What BuildKit sent cannot be read: ${error instanceof Error ? error.message : error}`);
	}
}

function post(state: State, headers: Headers, body: Uint8Array): Promise<Answer> {
	return new Promise((resolve, reject) => {
		if (state.broken !== undefined) {
			reject(state.broken);
			return;
		}

		const id = state.nextId;
		state.nextId += 2;
		const pending = Buffer.from(body);
		const stream: Stream = {
			id,
			resolve,
			reject,
			headers: new Map(),
			body: [],
			received: 0,
			pending,
			window: state.streamWindow,
		};
		state.streams.set(id, stream);
		const ends = pending.length === 0 ? flags.endStream : 0;
		state.write(toFrame(frameTypes.headers, flags.endHeaders | ends, id, toHpack([...headers])));
		send(state, stream);
	});
}

/** Sends as much as both windows allow; the rest goes when they open. */
function send(state: State, stream: Stream): void {
	while (stream.pending.length > 0) {
		const size = Math.min(stream.pending.length, MAX_FRAME_BYTES, state.window, stream.window);
		if (size <= 0) {
			return;
		}

		const part = stream.pending.subarray(0, size);
		stream.pending = stream.pending.subarray(size);
		state.window -= size;
		stream.window -= size;
		state.write(toFrame(frameTypes.data, stream.pending.length === 0 ? flags.endStream : 0, stream.id, part));
	}
}

function handle(state: State, received: Frame): void {
	const {type, stream: id, payload} = received;
	switch (type) {
		case frameTypes.data:
			takeData(state, received);
			break;
		case frameTypes.headers:
			state.block = {stream: id, ends: (received.flags & flags.endStream) !== 0, parts: [], size: 0};
			takeBlock(state, received);
			break;
		case frameTypes.continuation:
			takeBlock(state, received);
			break;
		case frameTypes.resetStream:
			end(
				state,
				id,
				`BuildKit reset the call (HTTP/2 error ${payload.length >= 4 ? payload.readUInt32BE(0) : '?'})`,
			);
			break;
		case frameTypes.settings:
			takeSettings(state, received);
			break;
		case frameTypes.ping:
			if ((received.flags & flags.ack) === 0) {
				state.write(toFrame(frameTypes.ping, flags.ack, 0, payload));
			}

			break;
		case frameTypes.windowUpdate:
			takeWindow(state, received);
			break;
		case frameTypes.goAway:
			fail(state, 'BuildKit is closing the connection');
			break;
		default:
		// RFC 9113 §4.1: frames of types that one doesn't know are ignored.
	}
}

function takeData(state: State, received: Frame): void {
	const stream = state.streams.get(received.stream);
	if (stream === undefined) {
		return;
	}

	const content = contentOf(received);
	stream.body.push(content);
	stream.received += content.length;
	if (stream.received > MAX_BODY) {
		end(state, stream.id, `The answer is larger than ${MAX_BODY} bytes`);
	} else if ((received.flags & flags.endStream) !== 0) {
		end(state, stream.id);
	}
}

/** Gathers a header block from its frames. Its size does not matter, as long as it is no flood. */
function takeBlock(state: State, received: Frame): void {
	const {block} = state;
	if (block === undefined) {
		return;
	}

	const content = contentOf(received);
	block.parts.push(content);
	block.size += content.length;
	if (block.size > MAX_BLOCK) {
		fail(state, `A header block is larger than ${MAX_BLOCK} bytes`);
	} else if ((received.flags & flags.endHeaders) !== 0) {
		state.block = undefined;
		takeHeaders(state, block.stream, state.decode(Buffer.concat(block.parts)), block.ends);
	}
}

function takeHeaders(state: State, id: number, headers: readonly Pair[], ends: boolean): void {
	const stream = state.streams.get(id);
	for (const [name, value] of headers) {
		stream?.headers.set(name, value);
	}

	if (ends) {
		end(state, id);
	}
}

function takeSettings(state: State, received: Frame): void {
	if ((received.flags & flags.ack) !== 0) {
		return;
	}

	for (const [id, value] of readSettings(received.payload)) {
		if (id === settings.window) {
			// §6.9.2: the change counts for streams that are open too.
			const change = value - state.streamWindow;
			state.streamWindow = value;
			for (const stream of state.streams.values()) {
				stream.window += change;
			}
		}
	}

	state.write(toFrame(frameTypes.settings, flags.ack, 0, Buffer.alloc(0)));
	sendAll(state);
}

function takeWindow(state: State, {stream: id, payload}: Frame): void {
	const more = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fff_ffff : 0;
	const stream = state.streams.get(id);
	if (id === 0) {
		state.window += more;
	} else if (stream !== undefined) {
		stream.window += more;
	}

	sendAll(state);
}

function sendAll(state: State): void {
	for (const stream of state.streams.values()) {
		send(state, stream);
	}
}

/** The end of one call. A server may answer before it has read the whole request; the rest is then of no interest to it. */
function end(state: State, id: number, problem?: string): void {
	const stream = state.streams.get(id);
	if (stream === undefined) {
		return;
	}

	state.streams.delete(id);
	if (stream.pending.length > 0 && state.broken === undefined) {
		state.write(toFrame(frameTypes.resetStream, 0, id, Buffer.alloc(4)));
	}

	if (problem === undefined) {
		stream.resolve({headers: stream.headers, body: Buffer.concat(stream.body)});
	} else {
		stream.reject(new Error(problem));
	}
}

function fail(state: State, message: string): void {
	state.broken ??= new Error(message);
	for (const id of [...state.streams.keys()]) {
		end(state, id, message);
	}
}
