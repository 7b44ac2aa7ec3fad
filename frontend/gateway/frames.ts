/** HTTP/2 frames (RFC 9113 §4 and §6), as far as a client of unary calls meets them. */
export const types = {
	data: 0,
	headers: 1,
	reset: 3,
	settings: 4,
	ping: 6,
	goAway: 7,
	windowUpdate: 8,
	continuation: 9,
} as const;

export const flags = {endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20} as const;

export const settings = {headerTableSize: 1, enablePush: 2, initialWindowSize: 4, maxFrameSize: 5} as const;

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** What every receiver takes (SETTINGS_MAX_FRAME_SIZE's smallest value); we send no larger frames. */
export const MAX_FRAME = 16_384;

const HEAD = 9;

export interface Frame {
	readonly type: number;
	readonly flags: number;
	readonly stream: number;
	readonly payload: Buffer;
}

export function frame(type: number, flag: number, stream: number, payload: Uint8Array): Buffer {
	const head = Buffer.alloc(HEAD);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flag;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

export function settingsFrame(values: readonly (readonly [id: number, value: number])[]): Buffer {
	const payload = Buffer.alloc(values.length * 6);
	for (const [at, [id, value]] of values.entries()) {
		payload.writeUInt16BE(id, at * 6);
		payload.writeUInt32BE(value, at * 6 + 2);
	}

	return frame(types.settings, 0, 0, payload);
}

export function readSettings(payload: Buffer): readonly (readonly [id: number, value: number])[] {
	const count = Math.floor(payload.length / 6);
	return Array.from(
		{length: count},
		(_, at) => [payload.readUInt16BE(at * 6), payload.readUInt32BE(at * 6 + 2)] as const,
	);
}

export function windowUpdate(stream: number, increment: number): Buffer {
	const payload = Buffer.alloc(4);
	payload.writeUInt32BE(increment, 0);
	return frame(types.windowUpdate, 0, stream, payload);
}

/** Cuts what a pipe delivers into frames, however it delivers it. */
export function frameReader(take: (frame: Frame) => void): (chunk: Buffer) => void {
	let chunks: Buffer[] = [];
	let size = 0;
	let wanted = HEAD;
	return chunk => {
		chunks.push(chunk);
		size += chunk.length;
		// Joined only when a whole frame is there: a large one that comes in small pieces is not copied for each of them.
		while (size >= wanted) {
			const bytes: Buffer = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
			const end = HEAD + bytes.readUIntBE(0, 3);
			if (size < end) {
				chunks = [bytes];
				wanted = end;
				return;
			}

			const rest = bytes.subarray(end);
			chunks = [rest];
			size = rest.length;
			wanted = HEAD;
			take({
				type: bytes[3] ?? 0,
				flags: bytes[4] ?? 0,
				stream: bytes.readUInt32BE(5) & 0x7fff_ffff,
				payload: bytes.subarray(HEAD, end),
			});
		}
	};
}

/** The payload without padding and priority (§6.1, §6.2). */
export function contentOf({type, flags: flag, payload}: Frame): Buffer {
	const isPadded = (flag & flags.padded) !== 0;
	const padding = isPadded ? (payload[0] ?? 0) : 0;
	const skipped = (isPadded ? 1 : 0) + (type === types.headers && (flag & flags.priority) !== 0 ? 5 : 0);
	return payload.subarray(skipped, Math.max(skipped, payload.length - padding));
}
