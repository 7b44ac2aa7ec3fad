import {connect, type TLSSocket} from 'node:tls';

// Frames of HTTP/2 (RFC 9113) as bytes, for saying what no client library would say.

export const TYPE = {
	data: 0,
	headers: 1,
	priority: 2,
	reset: 3,
	settings: 4,
	push: 5,
	ping: 6,
	goaway: 7,
	window: 8,
	continuation: 9,
} as const;
export const FLAG = {endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32} as const;
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(
	type: number,
	flags: number,
	stream: number,
	payload: Uint8Array = Buffer.alloc(0),
): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head.writeUInt8(type, 3);
	head.writeUInt8(flags, 4);
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

/** A header list as literals without indexing, RFC 7541 §6.2.2: no table, no Huffman code. Short names and values only. */
export function literals(...fields: readonly (readonly [string, string])[]): Buffer {
	return Buffer.concat(
		fields.map(([name, value]) =>
			Buffer.concat([
				Buffer.from([0, name.length]),
				Buffer.from(name),
				Buffer.from([value.length]),
				Buffer.from(value),
			]),
		),
	);
}

export function get(host: string): Buffer {
	return literals([':method', 'GET'], [':scheme', 'https'], [':authority', host], [':path', '/']);
}

export function uint32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}

export function setting(id: number, value: number): Buffer {
	return Buffer.concat([Buffer.from([0, id]), uint32(value)]);
}

export interface Frame {
	readonly type: number;
	readonly flags: number;
	readonly stream: number;
	readonly payload: Buffer;
}

/**
 * What the server says to these bytes, until it closes or, after `quietMs`, has nothing more to say.
 */
export function say(
	port: number,
	bytes: Uint8Array,
	quietMs = 500,
): Promise<{readonly frames: readonly Frame[]; readonly isClosed: boolean}> {
	return new Promise(resolve => {
		let all = Buffer.alloc(0);
		let isClosed = true;
		const socket: TLSSocket = connect(
			{host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['h2']},
			() => socket.write(bytes),
		);
		socket.setTimeout(quietMs + 1500, () => {
			isClosed = false;
			socket.destroy();
		});
		socket.on('data', chunk => {
			all = Buffer.concat([all, chunk]);
			socket.setTimeout(quietMs);
		});
		socket.on('error', () => undefined);
		socket.on('close', () => resolve({frames: framesOf(all), isClosed}));
	});
}

function framesOf(bytes: Buffer): readonly Frame[] {
	const frames: Frame[] = [];
	for (let at = 0; at + 9 <= bytes.length; ) {
		const length = bytes.readUIntBE(at, 3);
		const payload = bytes.subarray(at + 9, at + 9 + length);
		frames.push({
			type: bytes.readUInt8(at + 3),
			flags: bytes.readUInt8(at + 4),
			stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
			payload,
		});
		at += 9 + length;
	}

	return frames;
}
