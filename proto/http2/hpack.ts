import {fromHuffman} from './huffman.ts';

/** Name and value, as the bytes were. */
export type Pair = readonly [name: string, value: string];

/** What the bytes of headers cannot mean. The connection is lost with it, because both sides keep a table. */
export class HpackError extends Error {
	override readonly name = 'HpackError';
}

/** The table that each side keeps for the other until it says otherwise (§4.2). */
export const DEFAULT_TABLE = 4096;
/** What a header counts beside its bytes (§4.1). */
const OVERHEAD = 32;

/** RFC 7541, Appendix A. */
const FIXED = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`;

/** Made for the first connection. */
let known: readonly Pair[] | undefined;

function fixedPairs(): readonly Pair[] {
	return FIXED.split('\n').map(line => {
		const space = line.indexOf(' ');
		return space === -1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
	});
}

/**
 * Reads one block of headers after another, as they come on a connection.
 * @param tableBytes the table that the other side was told of; with 0 it has none
 * @returns a function that throws {HpackError}, also when a block unfolds to more than `maxBytes`
 */
export function hpackDecoder(maxBytes: number, tableBytes: number): (block: Uint8Array) => readonly Pair[] {
	const table = headerTable(tableBytes);
	return block => {
		const pairs: Pair[] = [];
		let size = 0;
		for (let at = 0; at < block.length; ) {
			const {pair, end} = readField(block, at, table);
			at = end;
			if (pair !== undefined) {
				pairs.push(pair);
				size += pair[0].length + pair[1].length + OVERHEAD;
			}

			if (size > maxBytes) {
				throw new HpackError('The answer has more headers than are read');
			}
		}

		return pairs;
	};
}

interface Table {
	readonly at: (index: number) => Pair;
	readonly add: (pair: Pair) => void;
	readonly resize: (size: number) => void;
}

function headerTable(maxBytes: number): Table {
	known ??= fixedPairs();
	const fixed = known;
	const pairs: Pair[] = [];
	let limit = maxBytes;
	let size = 0;
	const shrink = (): void => {
		while (size > limit) {
			const [name = '', value = ''] = pairs.pop() ?? [];
			size -= name.length + value.length + OVERHEAD;
		}
	};

	return {
		at: index => {
			const pair = index <= fixed.length ? fixed[index - 1] : pairs[index - fixed.length - 1];
			if (pair === undefined) {
				throw new HpackError('The answer names a header that nobody sent');
			}

			return pair;
		},
		add: pair => {
			pairs.unshift(pair);
			size += pair[0].length + pair[1].length + OVERHEAD;
			shrink();
		},
		resize: wanted => {
			if (wanted > maxBytes) {
				throw new HpackError('The answer wants a larger table than it was given');
			}

			limit = wanted;
			shrink();
		},
	};
}

interface Field {
	/** Undefined for a field that only changes the table. */
	readonly pair?: Pair;
	readonly end: number;
}

/** §6: what the first bits of a field say it is. */
function readField(block: Uint8Array, at: number, table: Table): Field {
	const first = block[at] ?? 0;
	if (first >= 0x80) {
		const {value, end} = readInteger(block, at, 7);
		return {pair: table.at(value), end};
	}

	if (first >= 0x40) {
		const field = readLiteral(block, at, 6, table);
		table.add(field.pair);
		return field;
	}

	if (first >= 0x20) {
		const {value, end} = readInteger(block, at, 5);
		table.resize(value);
		return {end};
	}

	return readLiteral(block, at, 4, table);
}

function readLiteral(
	block: Uint8Array,
	at: number,
	bits: number,
	table: Table,
): {readonly pair: Pair; readonly end: number} {
	const index = readInteger(block, at, bits);
	const name =
		index.value === 0 ? readText(block, index.end) : {text: table.at(index.value)[0], end: index.end};
	const value = readText(block, name.end);
	return {pair: [name.text, value.text], end: value.end};
}

/** §5.1 */
function readInteger(
	block: Uint8Array,
	start: number,
	bits: number,
): {readonly value: number; readonly end: number} {
	const mask = 2 ** bits - 1;
	let value = (block[start] ?? 0) & mask;
	let at = start + 1;
	if (value < mask) {
		return {value, end: at};
	}

	// Nothing that is meant here takes more than four further bytes.
	for (let shift = 0; shift <= 21; shift += 7) {
		const byte = block[at];
		at += 1;
		if (byte === undefined) {
			break;
		}

		value += (byte & 0x7f) * 2 ** shift;
		if (byte < 0x80) {
			return {value, end: at};
		}
	}

	throw new HpackError('The answer has a header whose length cannot be read');
}

/** §5.2 */
function readText(block: Uint8Array, at: number): {readonly text: string; readonly end: number} {
	const {value: length, end: start} = readInteger(block, at, 7);
	const end = start + length;
	if (end > block.length || at >= block.length) {
		throw new HpackError('The answer has a header that is cut off');
	}

	const bytes = block.subarray(start, end);
	const isFolded = ((block[at] ?? 0) & 0x80) !== 0;
	const text = isFolded ? fromHuffman(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
	if (text === undefined) {
		throw new HpackError('The answer has a header that is folded wrongly');
	}

	return {text: text.toString('latin1'), end};
}

/** Headers of a question, each written out: nothing of ours stays in a table of the other side. */
export function toHpack(pairs: readonly Pair[]): Buffer {
	return Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.of(0x10), toText(name), toText(value)]));
}

function toText(text: string): Buffer {
	const bytes = Buffer.from(text, 'latin1');
	const head: number[] = [];
	let rest = bytes.length - 0x7f;
	if (rest < 0) {
		head.push(bytes.length);
	} else {
		head.push(0x7f);
		for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
			head.push((rest % 0x80) + 0x80);
		}

		head.push(rest);
	}

	return Buffer.concat([Buffer.from(head), bytes]);
}
