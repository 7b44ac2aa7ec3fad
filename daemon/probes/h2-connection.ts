import type {Duplex} from 'node:stream';
import {
	contentOf,
	type Frame,
	flags,
	frameReader,
	frameTypes,
	Http2Error,
	MAX_FRAME_BYTES,
	PREFACE,
	settings,
	toFrame,
	toSettings,
	toWindowUpdate,
} from '../../proto/http2/frames.ts';
import {DEFAULT_TABLE, hpackDecoder, type Pair, toHpack} from '../../proto/http2/hpack.ts';
import type {Answer} from './ask.ts';

/** Everything that answers may be an enemy: what is held of one answer, and of one connection at all. */
export interface Bounds {
	readonly headerBytes: number;
	readonly bodyBytes: number;
}

export interface Connection {
	/** Asks one question; several may be open at once. */
	readonly ask: (headers: readonly Pair[], hasBody: boolean, signal: AbortSignal) => Promise<Answer>;
	readonly isOpen: () => boolean;
	readonly close: (reason: Error) => void;
}

/** Whoever sends more on one connection than this wants to be a burden. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Whoever makes us answer, and reads nothing, too. */
const MAX_UNREAD_BYTES = 64 * 1024;
const WINDOW = 4 * 1024 * 1024;

/** One question that waits. */
interface Waiting {
	readonly chunks: Buffer[];
	length: number;
	headers: readonly Pair[] | undefined;
	readonly resolve: (answer: Answer) => void;
	readonly reject: (reason: Error) => void;
}

/** Speaks HTTP/2 as a client on a connection that was negotiated for it. Nothing of it is native, so nothing can abort the process. */
export function openConnection(socket: Duplex, bounds: Bounds): Connection {
	const streams = new Map<number, Waiting>();
	const read = frameReader(MAX_FRAME_BYTES);
	const decode = hpackDecoder(bounds.headerBytes, DEFAULT_TABLE);
	let block: {readonly first: Frame; readonly parts: Buffer[]; length: number} | undefined;
	let [next, received, isOpen] = [1, 0, true];

	const close = (reason: Error): void => {
		isOpen = false;
		socket.destroy();
		for (const stream of streams.values()) {
			stream.reject(reason);
		}

		streams.clear();
	};

	const finish = (id: number, stream: Waiting): void => {
		streams.delete(id);
		const headers = stream.headers ?? [];
		const body = Buffer.concat(stream.chunks);
		stream.resolve({
			status: Number(headers.find(([name]) => name === ':status')?.[1] ?? 0),
			headers: headers
				.filter(([name]) => !name.startsWith(':'))
				.map(([name, value]) => [name.toLowerCase(), value] as const),
			body: body.subarray(0, bounds.bodyBytes).toString('latin1'),
			cut: stream.length > bounds.bodyBytes,
		});
	};

	const cancel = (id: number): void => {
		if (isOpen) {
			socket.write(toFrame(frameTypes.resetStream, 0, id, Buffer.of(0, 0, 0, 8)));
		}
	};

	const onData = (frame: Frame): void => {
		const stream = streams.get(frame.stream);
		const content = contentOf(frame);
		if (stream === undefined) {
			return;
		}

		if (stream.headers === undefined) {
			throw new Http2Error('The answer has a body before its headers');
		}

		if (content.length > 0) {
			stream.chunks.push(content);
		}

		stream.length += content.length;
		if (stream.length > bounds.bodyBytes) {
			cancel(frame.stream);
			finish(frame.stream, stream);
		} else if ((frame.flags & flags.endStream) !== 0) {
			finish(frame.stream, stream);
		}
	};

	/** Every block is read, whoever it is for: what it puts into the table counts for those that follow. */
	const onBlock = ({stream: id, flags: set}: Frame, bytes: Buffer): void => {
		const pairs = decode(bytes);
		const stream = streams.get(id);
		if (stream === undefined) {
			return;
		}

		// A provisional answer comes before the answer, and trailers after it; neither is kept.
		const isProvisional = /^1\d\d$/.test(pairs.find(([name]) => name === ':status')?.[1] ?? '');
		if (stream.headers === undefined && !isProvisional) {
			stream.headers = pairs;
		}

		if ((set & flags.endStream) !== 0) {
			finish(id, stream);
		}
	};

	const onHeaders = (frame: Frame, content: Buffer): void => {
		block ??= {first: frame, parts: [], length: 0};
		block.parts.push(content);
		block.length += content.length;
		if (block.length > bounds.headerBytes || block.parts.length > MAX_PARTS) {
			throw new Http2Error('The answer has more headers than a probe reads');
		}

		if ((frame.flags & flags.endHeaders) !== 0) {
			const {first, parts} = block;
			block = undefined;
			onBlock(first, Buffer.concat(parts));
		}
	};

	const handlers: Readonly<Record<number, (frame: Frame) => void>> = {
		[frameTypes.data]: onData,
		[frameTypes.headers]: frame => onHeaders(frame, contentOf(frame)),
		[frameTypes.continuation]: frame => onHeaders(frame, frame.payload),
		[frameTypes.settings]: frame => {
			if ((frame.flags & flags.ack) === 0) {
				socket.write(toFrame(frameTypes.settings, flags.ack, 0, Buffer.alloc(0)));
			}
		},
		[frameTypes.ping]: frame => {
			if ((frame.flags & flags.ack) === 0) {
				socket.write(toFrame(frameTypes.ping, flags.ack, 0, frame.payload.subarray(0, 8)));
			}
		},
		[frameTypes.resetStream]: ({stream: id}) => {
			streams.get(id)?.reject(new Http2Error('The server gave up the answer'));
			streams.delete(id);
		},
		[frameTypes.goAway]: () => {
			isOpen = false;
			// What was begun may still be finished; the server closes then, or the signal ends it.
		},
		[frameTypes.pushPromise]: () => {
			throw new Http2Error('The server pushes what it was told not to');
		},
	};

	const onFrame = (frame: Frame): void => {
		// §6.10: between a block's frames nothing else may come.
		const isMore = frame.type === frameTypes.continuation;
		if ((block !== undefined) !== isMore || (isMore && block?.first.stream !== frame.stream)) {
			throw new Http2Error('The answer breaks its headers off');
		}

		handlers[frame.type]?.(frame);
	};

	const onChunk = (chunk: Buffer): void => {
		received += chunk.length;
		try {
			for (const frame of read(chunk)) {
				onFrame(frame);
			}

			if (received > MAX_BYTES || socket.writableLength > MAX_UNREAD_BYTES) {
				throw new Http2Error('The server sends without end');
			}
		} catch (error) {
			close(error instanceof Error ? error : new Http2Error(String(error)));
		}
	};

	socket.on('data', onChunk);
	socket.on('error', close);
	socket.on('close', () => close(new Http2Error('The connection was closed before the answer was whole')));
	socket.write(
		Buffer.concat([
			PREFACE,
			toSettings([
				[settings.push, 0],
				[settings.window, bounds.bodyBytes * 2],
				[settings.headerList, bounds.headerBytes],
			]),
			toWindowUpdate(0, WINDOW),
		]),
	);

	return {
		isOpen: () => isOpen,
		close,
		ask: (headers, hasBody, signal) => {
			const {promise, resolve, reject} = Promise.withResolvers<Answer>();
			if (!isOpen || signal.aborted) {
				return Promise.reject(signal.aborted ? signal.reason : new Http2Error('The connection is closed'));
			}

			const id = next;
			next += 2;
			streams.set(id, {chunks: [], length: 0, headers: undefined, resolve, reject});
			const set = flags.endHeaders | (hasBody ? 0 : flags.endStream);
			socket.write(toFrame(frameTypes.headers, set, id, toHpack(headers)));
			const stop = (): void => {
				streams.delete(id);
				cancel(id);
				reject(signal.reason);
			};
			signal.addEventListener('abort', stop, {once: true});
			return promise.finally(() => {
				signal.removeEventListener('abort', stop);
				// The server may still wait for a body that never comes.
				if (hasBody) {
					cancel(id);
				}
			});
		},
	};
}

/** A block in more pieces than this is no block: each could be empty. */
const MAX_PARTS = 64;
