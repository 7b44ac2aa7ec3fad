import test from 'ava';
import fc from 'fast-check';
import {decode, encode, map, message, repeated} from '../../proto/buildkit/codec.ts';
import {methods} from '../../proto/buildkit/gateway.ts';
import {op} from '../../proto/buildkit/ops.ts';
import {digestOf} from '../../proto/digest.ts';

test('an HTTP source has the bytes that Go writes, so that a single-use upload is shared', t => {
	const value = {
		source: {identifier: 'http://buildkit-session/abc', attrs: {'http.filename': 'context'}},
		constraints: {},
	};

	const bytes = encode(op, value);

	t.is(
		Buffer.from(bytes).toString('hex'),
		'1a370a1b687474703a2f2f6275696c646b69742d73657373696f6e2f61626312180a0d687474702e66696c656e616d651207636f6e746578745a00',
	);
});

test('a file written on nothing has the digest that Go computes', t => {
	const mkfile = {path: '/Dockerfile', mode: 0o644, data: Buffer.from('FROM scratch\n')};
	const value = {file: {actions: [{input: -1, secondaryInput: -1, output: 0, mkfile}]}, constraints: {}};

	t.is(
		digestOf(encode(op, value)),
		'sha256:ff58511df04637050be6b9f378c936690b42264c55609b223076bbcf9623d0d0',
	);
});

const everything = message({
	text: [1, 'string'],
	blob: [2, 'bytes'],
	small: [3, 'int32'],
	big: [4, 'int64'],
	flag: [5, 'bool'],
	inner: [6, message({text: [1, 'string']})],
	list: [7, repeated('string')],
	numbers: [8, repeated('int64')],
	table: [9, map('string')],
	tables: [10, map(message({big: [2, 'int64']}))],
});

test('what is encoded is decoded again, zero values apart', t => {
	const value = fc.record(
		{
			text: fc.string({minLength: 1}),
			blob: fc.uint8Array({minLength: 1}).map(bytes => Buffer.from(bytes)),
			small: fc.integer().filter(Boolean),
			big: fc.maxSafeInteger().filter(Boolean),
			flag: fc.constant(true),
			inner: fc.record({text: fc.string({minLength: 1})}),
			list: fc.array(fc.string(), {minLength: 1}),
			table: fc.dictionary(fc.string(), fc.string(), {minKeys: 1}),
			tables: fc.dictionary(fc.string(), fc.record({big: fc.maxSafeInteger().filter(Boolean)}), {minKeys: 1}),
		},
		{requiredKeys: []},
	);
	fc.assert(
		fc.property(value, wanted => {
			const again = decode(everything, encode(everything, wanted));
			t.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(wanted)));
		}),
	);
});

test('map keys are written in order, whatever order they were put in', t => {
	const one = encode(everything, {table: {b: '2', a: '1'}});
	const other = encode(everything, {table: {a: '1', b: '2'}});

	t.deepEqual(one, other);
});

test('fields of a later version are skipped, packed or not', t => {
	const later = message({text: [1, 'string'], novelty: [90, 'string'], numbers: [8, 'bytes']});
	const bytes = encode(later, {text: 'known', novelty: 'unknown', numbers: Uint8Array.of(1, 2, 3)});

	t.deepEqual(decode(everything, bytes), {text: 'known', numbers: [1, 2, 3]});
});

test('a key such as __proto__ is data', t => {
	const bytes = encode(everything, {table: Object.fromEntries([['__proto__', 'x']])});

	const {table} = decode(everything, bytes);

	t.deepEqual(Object.entries(table ?? {}), [['__proto__', 'x']]);
	t.is(Object.hasOwn({}, 'x'), false);
});

test('bytes that are no message are an error, not a hang', t => {
	t.throws(() => decode(methods.solve.response, Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0xff, 0x0f)));
});
