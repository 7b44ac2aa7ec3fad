import {huffmanDecoder} from './huffman.ts';

// HPACK (RFC 7541) without a dynamic table: we tell the server that ours has no room, so it never refers to one.

/** RFC 7541 Appendix A, as far as answers use it: index 8 to 14 are these statuses, the rest are names. */
const NAMES =
	':authority :method :method :path :path :scheme :scheme :status :status :status :status :status :status :status ' +
	'accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow ' +
	'authorization cache-control content-disposition content-encoding content-language content-length content-location ' +
	'content-range content-type cookie date etag expect expires from host if-match if-modified-since if-none-match ' +
	'if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range ' +
	'referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via ' +
	'www-authenticate';
const VALUES: Readonly<Record<number, string>> = {
	2: 'GET',
	3: 'POST',
	4: '/',
	5: '/index.html',
	6: 'http',
	7: 'https',
	8: '200',
	9: '204',
	10: '206',
	11: '304',
	12: '400',
	13: '404',
	14: '500',
	16: 'gzip, deflate',
};

export type Headers = ReadonlyMap<string, string>;

/** Literal fields without indexing and without Huffman (§6.2.2): always allowed, and requests have only a few. */
export function encodeHeaders(headers: Headers): Buffer {
	const text = (value: string): Buffer[] => {
		const bytes = Buffer.from(value, 'latin1');
		return [prefixed(bytes.length, 7), bytes];
	};
	return Buffer.concat(
		[...headers].flatMap(([name, value]) => [Buffer.of(0), ...text(name), ...text(value)]),
	);
}

/** A decoder of header blocks. @returns undefined for a block that breaks the rules we set: the connection is then of no use */
export function headerDecoder(): (block: Uint8Array) => Headers | undefined {
	const names = NAMES.split(' ');
	const huffman = huffmanDecoder();
	return block => {
		const reader: Reader = {block, at: 0};
		const headers = new Map<string, string>();
		while (reader.at < block.length) {
			const field = readField(reader, names, huffman);
			if (field === undefined || reader.at > block.length) {
				return undefined;
			}

			const [name, value] = field;
			headers.set(name, value);
		}

		headers.delete('');
		return headers;
	};
}

interface Reader {
	readonly block: Uint8Array;
	at: number;
}

type Field = readonly [name: string, value: string];

/** One representation (§6). A table size update comes out as a field without a name. */
function readField(
	reader: Reader,
	names: readonly string[],
	huffman: (bytes: Uint8Array) => string,
): Field | undefined {
	const first = reader.block[reader.at] ?? 0;
	if ((first & 0x80) !== 0) {
		const index = readInteger(reader, 7);
		const name = names[index - 1];
		return name === undefined ? undefined : [name, VALUES[index] ?? ''];
	}

	if ((first & 0xe0) === 0x20) {
		return readInteger(reader, 5) === 0 ? ['', ''] : undefined;
	}

	const index = readInteger(reader, (first & 0x40) === 0 ? 4 : 6);
	const name = index === 0 ? readString(reader, huffman) : names[index - 1];
	return name === undefined ? undefined : [name, readString(reader, huffman)];
}

function readString(reader: Reader, huffman: (bytes: Uint8Array) => string): string {
	const isCoded = ((reader.block[reader.at] ?? 0) & 0x80) !== 0;
	const length = readInteger(reader, 7);
	const bytes = reader.block.subarray(reader.at, reader.at + length);
	reader.at += length;
	return isCoded ? huffman(bytes) : Buffer.from(bytes).toString('latin1');
}

/** §5.1. Four more bytes hold more than any block that is taken; a longer number reads as one that is too large. */
function readInteger(reader: Reader, bits: number): number {
	const mask = 2 ** bits - 1;
	let value = (reader.block[reader.at] ?? 0) & mask;
	reader.at += 1;
	if (value < mask) {
		return value;
	}

	for (let shift = 0; shift <= 28; shift += 7) {
		const byte = reader.block[reader.at] ?? 0;
		reader.at += 1;
		value += (byte & 0x7f) * 2 ** shift;
		if (byte < 0x80) {
			return value;
		}
	}

	return Number.MAX_SAFE_INTEGER;
}

function prefixed(value: number, bits: number): Buffer {
	const mask = 2 ** bits - 1;
	if (value < mask) {
		return Buffer.of(value);
	}

	const bytes = [mask];
	let rest = value - mask;
	for (; rest >= 128; rest = Math.floor(rest / 128)) {
		bytes.push((rest % 128) | 128);
	}

	return Buffer.from([...bytes, rest]);
}
