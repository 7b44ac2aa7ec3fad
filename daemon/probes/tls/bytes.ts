/** Bytes as TLS writes them: big-endian numbers, and vectors with their length in front. */
export function words(numbers: readonly number[]): Buffer {
	return Buffer.from(numbers.flatMap(number => [number >> 8, number & 0xff]));
}

export function vector(lengthBytes: 1 | 2 | 3, body: Buffer): Buffer {
	const length = Buffer.alloc(lengthBytes);
	length.writeUIntBE(body.length, 0, lengthBytes);
	return Buffer.concat([length, body]);
}

/** Reads what a stranger sent. Every read past the end throws, so that no length in the bytes is ever believed. */
export interface Reader {
	readonly left: () => number;
	readonly number: (bytes: 1 | 2 | 3) => number;
	readonly take: (bytes: number) => Buffer;
	/** A vector whose length stands in front of it. */
	readonly vector: (lengthBytes: 1 | 2 | 3) => Buffer;
}

/** @throws {RangeError} by each of its reads, past the end */
export function readerOf(bytes: Buffer): Reader {
	let at = 0;
	const take = (count: number): Buffer => {
		if (at + count > bytes.length) {
			throw new RangeError('The message ends too early');
		}

		at += count;
		return bytes.subarray(at - count, at);
	};
	const number = (count: 1 | 2 | 3): number => take(count).readUIntBE(0, count);
	return {left: () => bytes.length - at, number, take, vector: count => take(number(count))};
}
