import {Transform} from 'node:stream';

// BuildKit puts the whole status of a failed call into one trailer. For a Dockerfile of 20 kB that trailer passes 64 KiB,
// and nghttp2 then ends the session without a word: no error, no close. So header blocks are looked at before Node's HTTP/2
// sees them, and a field too large for it is left out. HPACK (RFC 7541) allows that without keeping any state, as long as
// the field was not put into the dynamic table, which Go never does with a field larger than the table.

const FRAME_HEADER = 9;
const HEADERS = 1;
const CONTINUATION = 9;
const END_HEADERS = 4;
/** Flags that put other bytes before or behind the block; Go's server never sets them. */
const PADDED_OR_PRIORITY = 0x28;
/** Default SETTINGS_MAX_FRAME_SIZE, which we never raise. */
const MAX_FRAME = 16_384;
/** Blocks up to this size are passed on as they came. */
const SMALL_BLOCK = 48 * 1024;
/** A field larger than this is left out of a large block. */
const LARGE_FIELD = 16 * 1024;

/** A stream of HTTP/2 frames in which no header block is larger than nghttp2 can take. */
export function boundedHeaderBlocks(): Transform {
	let rest: Buffer = Buffer.alloc(0);
	let block: Block | undefined;
	// Bytes to pass on for one frame: none while a header block is still being gathered.
	const take = (frame: Buffer): Buffer => {
		block = startsBlock(frame) ? {head: frame.subarray(0, FRAME_HEADER), fragments: [], frames: []} : block;
		if (block === undefined) {
			return frame;
		}

		block.fragments.push(frame.subarray(FRAME_HEADER));
		block.frames.push(frame);
		const done = endsBlock(frame) ? passed(block) : Buffer.alloc(0);
		block = endsBlock(frame) ? undefined : block;
		return done;
	};

	return new Transform({
		transform(chunk: Buffer, _encoding, done) {
			rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
			for (let size = frameSize(rest); size !== undefined; size = frameSize(rest)) {
				this.push(take(rest.subarray(0, size)));
				rest = rest.subarray(size);
			}

			done();
		},
	});
}

interface Block {
	readonly head: Buffer;
	readonly fragments: Buffer[];
	readonly frames: Buffer[];
}

function startsBlock(frame: Buffer): boolean {
	return frame[3] === HEADERS && ((frame[4] ?? 0) & PADDED_OR_PRIORITY) === 0;
}

function endsBlock(frame: Buffer): boolean {
	return ((frame[4] ?? 0) & END_HEADERS) !== 0;
}

function frameSize(bytes: Buffer): number | undefined {
	if (bytes.length < FRAME_HEADER) {
		return undefined;
	}

	const size = FRAME_HEADER + bytes.readUIntBE(0, 3);
	return bytes.length < size ? undefined : size;
}

function passed({head, fragments, frames}: Block): Buffer {
	const block = Buffer.concat(fragments);
	return block.length <= SMALL_BLOCK ? Buffer.concat(frames) : framed(withoutLargeFields(block), head);
}

/** Cuts a block into one HEADERS frame and as many CONTINUATION frames as it needs (RFC 9113 §6.10). */
function framed(block: Buffer, head: Buffer): Buffer {
	const out: Buffer[] = [];
	for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME) {
		const part = block.subarray(at, at + MAX_FRAME);
		const frameHead = Buffer.from(head);
		frameHead.writeUIntBE(part.length, 0, 3);
		frameHead[3] = at === 0 ? HEADERS : CONTINUATION;
		const last = at + MAX_FRAME >= block.length ? END_HEADERS : 0;
		// END_STREAM (1) belongs to the HEADERS frame alone.
		frameHead[4] = (at === 0 ? (head[4] ?? 0) & 1 : 0) | last;
		out.push(frameHead, part);
	}

	return Buffer.concat(out);
}

/** Copies an HPACK block field by field and leaves out literals that are large and not indexed (RFC 7541 §6.2.2, §6.2.3). */
export function withoutLargeFields(block: Buffer): Buffer {
	const kept: Buffer[] = [];
	for (let at = 0; at < block.length; ) {
		const end = fieldEnd(block, at);
		const isIndexed = ((block[at] ?? 0) & 0xc0) !== 0;
		if (isIndexed || end - at <= LARGE_FIELD) {
			kept.push(block.subarray(at, end));
		}

		at = end;
	}

	return Buffer.concat(kept);
}

/** Where the representation that starts at `at` ends (RFC 7541 §6). */
function fieldEnd(block: Buffer, at: number): number {
	const first = block[at] ?? 0;
	if ((first & 0x80) !== 0) {
		return integer(block, at, 7).end;
	}

	// 01: literal with indexing; 001: table size update; 0000 and 0001: literal without indexing.
	if ((first & 0xe0) === 0x20) {
		return integer(block, at, 5).end;
	}

	const name = integer(block, at, (first & 0x40) === 0 ? 4 : 6);
	return stringEnd(block, name.value === 0 ? stringEnd(block, name.end) : name.end);
}

function stringEnd(block: Buffer, at: number): number {
	const length = integer(block, at, 7);
	return length.end + length.value;
}

/** RFC 7541 §5.1. Past the end the missing bytes read as zero, so that a malformed block ends the walk, not the process. */
function integer(block: Buffer, at: number, prefix: number): {readonly value: number; readonly end: number} {
	const mask = (1 << prefix) - 1;
	let value = (block[at] ?? 0) & mask;
	let end = at + 1;
	if (value < mask) {
		return {value, end};
	}

	for (let shift = 0; shift < 28; shift += 7) {
		const byte = block[end] ?? 0;
		end += 1;
		value += (byte & 0x7f) << shift;
		if ((byte & 0x80) === 0) {
			break;
		}
	}

	return {value, end};
}
