/** RFC 9113 §6. */
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
/** The default, which we never change (§4.2). */
const MAX_FRAME_BYTES = 16_384;

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

/**
 * Cuts what comes into frames; what is not whole yet waits, and is never more than one frame.
 * @returns a function that throws {Http2Error} for a frame that is too large
 */
export function frameReader(): (chunk: Buffer) => readonly Frame[] {
	let pending: Buffer = Buffer.alloc(0);
	return chunk => {
		const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
		const frames: Frame[] = [];
		let at = 0;
		while (bytes.length - at >= HEAD_BYTES) {
			const length = bytes.readUIntBE(at, 3);
			if (length > MAX_FRAME_BYTES) {
				throw new Http2Error('The answer is no HTTP/2');
			}

			const end = at + HEAD_BYTES + length;
			if (end > bytes.length) {
				break;
			}

			frames.push({
				type: bytes.readUInt8(at + 3),
				flags: bytes.readUInt8(at + 4),
				stream: bytes.readUInt32BE(at + 5) % 2 ** 31,
				payload: bytes.subarray(at + HEAD_BYTES, end),
			});
			at = end;
		}

		pending = bytes.subarray(at);
		return frames;
	};
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
