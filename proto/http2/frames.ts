/** RFC 9113 §6, as far as a client meets them. */
export const frameTypes = {
	data: 0,
	headers: 1,
	resetStream: 3,
	settings: 4,
	pushPromise: 5,
	ping: 6,
	goAway: 7,
	windowUpdate: 8,
	continuation: 9,
} as const;

export const flags = {endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20} as const;

/** §6.5.2 */
export const settings = {headerTable: 1, push: 2, window: 4, headerList: 6} as const;

/** What a client says first (§3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The window before anybody speaks of it (§6.9.2). */
export const DEFAULT_WINDOW = 65_535;

/** The most that a frame holds until a receiver allows more (§4.2); none of ours does. */
export const MAX_FRAME_BYTES = 16_384;

export interface Frame {
	readonly type: number;
	readonly flags: number;
	readonly stream: number;
	readonly payload: Buffer;
}

/** What the other side breaks the rules with. The connection is over. */
export class Http2Error extends Error {
	override readonly name = 'Http2Error';
}

const HEAD_BYTES = 9;

export function toFrame(type: number, flag: number, stream: number, payload: Uint8Array): Buffer {
	const head = Buffer.alloc(HEAD_BYTES);
	head.writeUIntBE(payload.length, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flag, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

/** Settings of ours: each a number and its value (§6.5.1). */
export function toSettings(values: readonly (readonly [id: number, value: number])[]): Buffer {
	const payload = Buffer.alloc(values.length * 6);
	for (const [index, [id, value]] of values.entries()) {
		payload.writeUInt16BE(id, index * 6);
		payload.writeUInt32BE(value, index * 6 + 2);
	}

	return toFrame(frameTypes.settings, 0, 0, payload);
}

export function toWindowUpdate(stream: number, bytes: number): Buffer {
	const payload = Buffer.alloc(4);
	payload.writeUInt32BE(bytes);
	return toFrame(frameTypes.windowUpdate, 0, stream, payload);
}

/** Settings of the other side, in its order; what is left over of a broken one is not read. */
export function readSettings(payload: Buffer): readonly (readonly [id: number, value: number])[] {
	return Array.from(
		{length: Math.floor(payload.length / 6)},
		(_, index) => [payload.readUInt16BE(index * 6), payload.readUInt32BE(index * 6 + 2)] as const,
	);
}

/**
 * Cuts what comes into frames, however it comes. Pieces are joined only when a whole frame is there: a large one that comes
 * in small pieces is not copied for each of them.
 * @returns a function that throws {Http2Error} for a frame of more than `maxBytes`; nothing may be read after that
 */
export function frameReader(maxBytes: number): (chunk: Buffer) => readonly Frame[] {
	let chunks: Buffer[] = [];
	let size = 0;
	let wanted = HEAD_BYTES;
	return chunk => {
		chunks.push(chunk);
		size += chunk.length;
		if (size < wanted) {
			return [];
		}

		const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, size);
		const frames: Frame[] = [];
		let at = 0;
		wanted = bytesOf(bytes, at, maxBytes);
		while (size - at >= wanted) {
			frames.push({
				type: bytes.readUInt8(at + 3),
				flags: bytes.readUInt8(at + 4),
				stream: bytes.readUInt32BE(at + 5) % 2 ** 31,
				payload: bytes.subarray(at + HEAD_BYTES, at + wanted),
			});
			at += wanted;
			wanted = bytesOf(bytes, at, maxBytes);
		}

		chunks = at === size ? [] : [bytes.subarray(at)];
		size -= at;
		return frames;
	};
}

/** How much there must be before the frame that begins here is whole, as far as its head tells. */
function bytesOf(bytes: Buffer, at: number, maxBytes: number): number {
	if (bytes.length - at < HEAD_BYTES) {
		return HEAD_BYTES;
	}

	const length = bytes.readUIntBE(at, 3);
	if (length > maxBytes) {
		throw new Http2Error('The answer is no HTTP/2');
	}

	return HEAD_BYTES + length;
}

/** What a DATA or HEADERS frame carries, without padding and priority. */
export function contentOf({type, flags: set, payload}: Frame): Buffer {
	const isPadded = (set & flags.padded) !== 0;
	const padding = isPadded ? (payload[0] ?? 0) : 0;
	const isPrior = type === frameTypes.headers && (set & flags.priority) !== 0;
	const start = (isPadded ? 1 : 0) + (isPrior ? 5 : 0);
	if (start + padding > payload.length) {
		throw new Http2Error('The answer has a frame that is all padding');
	}

	return payload.subarray(start, payload.length - padding);
}
