import test from 'ava';
import fc from 'fast-check';
import {contentOf, frameReader, Http2Error, MAX_FRAME_BYTES, toFrame} from '../../proto/http2/frames.ts';
import {DEFAULT_TABLE, HpackError, hpackDecoder, toHpack} from '../../proto/http2/hpack.ts';
import {fromHuffman} from '../../proto/http2/huffman.ts';

test('HPACK: what is written is read again, and the examples of RFC 7541 are read', t => {
	const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
	const pair = fc.tuple(
		fc.string({unit: 'grapheme-ascii', minLength: 1}),
		fc.string({unit: 'grapheme-ascii', maxLength: 400}),
	);
	fc.assert(
		fc.property(fc.array(pair, {maxLength: 20}), pairs => {
			t.deepEqual(hpackDecoder(1_000_000, 0)(toHpack(pairs)), pairs);
		}),
	);
	// Appendix C.6: three answers on one connection, folded, with a table that forgets.
	const decode = hpackDecoder(4096, DEFAULT_TABLE);
	const first = decode(
		hex(
			'3f e1 01 48 82 64 02 58 85 ae c3 77 1a 4b 61 96 d0 7a be 94 10 54 d4 44 a8 20 05 95 04 0b 81 66 e0 82 a6 2d 1b ff 6e 91 9d 29 ad 17 18 63 c7 8f 0b 97 c8 e9 ae 82 ae 43 d3',
		),
	);
	t.deepEqual(first, [
		[':status', '302'],
		['cache-control', 'private'],
		['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
		['location', 'https://www.example.com'],
	]);
	t.deepEqual(
		decode(hex('48 83 64 0e ff c1 c0 bf'))
			.map(([, value]) => value)
			.slice(0, 2),
		['307', 'private'],
	);
	t.is(fromHuffman(hex('f1 e3 c2 e5 f2 3a 6b a0 ab 90 f4 ff'))?.toString(), 'www.example.com');
});

test('HPACK: no bytes do more than end the connection, and none unfold without end', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 300}), bytes => {
			try {
				hpackDecoder(32_768, DEFAULT_TABLE)(bytes);
			} catch (error) {
				t.true(error instanceof HpackError);
			}

			fromHuffman(bytes);
		}),
		{numRuns: 2000},
	);
	// A header of 4,000 bytes put into the table, and then named by one byte each, ten thousand times.
	const bomb = Buffer.concat([
		Buffer.of(0x40, 1),
		Buffer.from('x'),
		Buffer.of(0x7f, 0xa1, 0x1e),
		Buffer.alloc(4000, 'v'),
		Buffer.alloc(10_000, 0xbe),
	]);
	t.throws(() => hpackDecoder(32_768, DEFAULT_TABLE)(bomb), {instanceOf: HpackError});
});

test('frames: bytes are cut alike however they come', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 60}), fc.integer({min: 1, max: 20}), (bytes, step) => {
			const stream = Buffer.concat([
				Buffer.of(0, 0, 3, 6, 0, 0, 0, 0, 0, 1, 2, 3),
				Buffer.of(0, 0, bytes.length, 0, 1, 0, 0, 0, 1),
				bytes,
			]);
			const read = frameReader(MAX_FRAME_BYTES);
			const frames = [];
			for (let at = 0; at < stream.length; at += step) {
				frames.push(
					...read(stream.subarray(at, at + step)).map(({type, payload}) => [type, payload.toString('hex')]),
				);
			}

			t.deepEqual(frames, [
				[6, '010203'],
				[0, Buffer.from(bytes).toString('hex')],
			]);
		}),
	);
});

test('frames: what is written is read again, however the pipe cuts it', t => {
	const frames = fc.array(
		fc.record({type: fc.nat(9), stream: fc.nat(2 ** 31 - 1), payload: fc.uint8Array({maxLength: 40})}),
		{maxLength: 8},
	);
	fc.assert(
		fc.property(frames, fc.array(fc.integer({min: 1, max: 30}), {minLength: 1}), (wanted, cuts) => {
			const bytes = Buffer.concat(wanted.map(({type, stream, payload}) => toFrame(type, 0, stream, payload)));
			const seen: unknown[] = [];
			const read = frameReader(MAX_FRAME_BYTES);
			for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
				const end = at + (cuts[turn % cuts.length] ?? 1);
				for (const {type, stream, payload} of read(bytes.subarray(at, end))) {
					seen.push({type, stream, payload: Uint8Array.from(payload)});
				}

				at = end;
			}

			t.deepEqual(seen, wanted);
		}),
	);
});

test('HPACK: whoever was told of no table refers to none and makes none', t => {
	const decode = hpackDecoder(32_768, 0);
	const indexed = Buffer.concat([Buffer.of(0x40, 1), Buffer.from('x'), Buffer.of(1), Buffer.from('y')]);

	t.deepEqual(decode(Buffer.concat([Buffer.of(0x20), indexed])), [['x', 'y']]);
	t.throws(() => decode(Buffer.of(0xbe)), {instanceOf: HpackError});
	t.throws(() => decode(Buffer.of(0x21)), {instanceOf: HpackError});
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 64}), bytes => {
			try {
				decode(bytes);
			} catch (error) {
				t.true(error instanceof HpackError);
			}
		}),
	);
});

test('HPACK: a folded text is whole: neither its end sign nor a wrong or a long padding is read over', t => {
	t.is(fromHuffman(Buffer.of(0x1f))?.toString(), 'a');
	t.is(fromHuffman(Buffer.alloc(0))?.toString(), '');
	t.is(fromHuffman(Buffer.of(0x18)), undefined);
	t.is(fromHuffman(Buffer.of(0x1f, 0xff)), undefined);
	t.is(fromHuffman(Buffer.of(0xff, 0xff, 0xff, 0xff)), undefined);
});

test('frames: one that is larger than the limit is refused by its head, and one of the limit is read', t => {
	t.is(frameReader(20)(toFrame(0, 0, 1, Buffer.alloc(20)))[0]?.payload.length, 20);
	t.throws(() => frameReader(20)(toFrame(0, 0, 1, Buffer.alloc(21)).subarray(0, 9)), {
		instanceOf: Http2Error,
	});
});

test('frames: one that comes in pieces is put together once', t => {
	// Copied for each of its pieces, these would be a million megabytes.
	const bytes = toFrame(0, 0, 1, Buffer.alloc(2 ** 24 - 1, 7));
	const read = frameReader(2 ** 24 - 1);
	const frames = [];
	for (let at = 0; at < bytes.length; at += 128) {
		frames.push(...read(bytes.subarray(at, at + 128)));
	}

	t.is(frames.length, 1);
	t.true(frames[0]?.payload.equals(bytes.subarray(9)));
});

test('frames: padding and priority are no content, and a frame that is all padding is refused', t => {
	const frame = (type: number, flags: number, payload: Buffer) => ({type, flags, stream: 1, payload});

	t.deepEqual(contentOf(frame(0, 8, Buffer.from([2, 1, 0, 0]))), Buffer.of(1));
	t.deepEqual(contentOf(frame(1, 0x28, Buffer.from([1, 9, 9, 9, 9, 9, 1, 0]))), Buffer.of(1));
	t.throws(() => contentOf(frame(0, 8, Buffer.of(2, 0))), {instanceOf: Http2Error});
});
