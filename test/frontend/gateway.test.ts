import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import {boundedHeaderBlocks, withoutLargeFields} from '../../frontend/gateway/header-blocks.ts';

const LARGE = 16 * 1024;

test('a field too large for Node is left out of a header block, and every other byte stays', t => {
	const field = fc.oneof(
		fc.integer({min: 1, max: 61}).map(index => ({bytes: Buffer.of(0x80 | index), isLarge: false})),
		fc.nat({max: 300}).map(size => ({bytes: literal('x-small', 'v'.repeat(size)), isLarge: false})),
		fc
			.nat({max: 9})
			.map(extra => ({
				bytes: literal('grpc-status-details-bin', 'v'.repeat(LARGE + extra * 20_000)),
				isLarge: true,
			})),
	);
	fc.assert(
		fc.property(fc.array(field, {maxLength: 12}), fields => {
			const block = Buffer.concat(fields.map(({bytes}) => bytes));
			const kept = Buffer.concat(fields.filter(({isLarge}) => !isLarge).map(({bytes}) => bytes));

			t.deepEqual(withoutLargeFields(block), kept);
		}),
		{numRuns: 50},
	);
});

test('an indexed field stays, however large: leaving it out would put both tables out of step', t => {
	const indexed = literal('x', 'v'.repeat(LARGE * 2));
	indexed[0] = 0x40;

	t.deepEqual(withoutLargeFields(indexed), indexed);
});

test('a malformed block ends the walk', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 64}), bytes => {
			withoutLargeFields(Buffer.from(bytes));
			t.pass();
		}),
	);
});

test('frames pass unchanged however the pipe cuts them, and a large block comes out small', async t => {
	const data = frame(0, 0, Buffer.from('hello'));
	const small = frame(1, 4, literal('x-small', 'value'));
	const rest = literal('grpc-message', 'it failed');
	const block = Buffer.concat([literal('grpc-status-details-bin', 'A'.repeat(250_000)), rest]);
	const parts = Array.from({length: Math.ceil(block.length / 16_384)}, (_, at) =>
		block.subarray(at * 16_384, (at + 1) * 16_384),
	);
	const large = parts.map((part, at) =>
		frame(at === 0 ? 1 : 9, (at === 0 ? 1 : 0) | (at === parts.length - 1 ? 4 : 0), part),
	);
	const stream = Buffer.concat([data, small, ...large, data]);
	const wanted = Buffer.concat([data, small, frame(1, 5, rest), data]);

	for (const size of [1, 7, 16_384, stream.length]) {
		const chunks = Array.from({length: Math.ceil(stream.length / size)}, (_, at) =>
			stream.subarray(at * size, (at + 1) * size),
		);
		if (size > 1 || stream.length < 1_000_000) {
			t.deepEqual(await buffer(Readable.from(chunks).pipe(boundedHeaderBlocks())), wanted, `cut at ${size}`);
		}
	}
});

/** An HPACK literal without indexing, new name, no Huffman (RFC 7541 §6.2.2). */
function literal(name: string, value: string): Buffer {
	return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

function text(value: string): Buffer {
	const length: number[] = [];
	if (value.length < 127) {
		length.push(value.length);
	} else {
		length.push(127);
		let rest = value.length - 127;
		for (; rest >= 128; rest >>>= 7) {
			length.push((rest & 127) | 128);
		}

		length.push(rest);
	}

	return Buffer.concat([Buffer.from(length), Buffer.from(value)]);
}

function frame(type: number, flags: number, payload: Buffer): Buffer {
	const head = Buffer.alloc(9);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(1, 5);
	return Buffer.concat([head, payload]);
}
