import test from 'ava';
import fc from 'fast-check';
import {isOrigin, logIdOf, openCheckpoint, signCheckpoint} from '../../proto/checkpoint.ts';
import {leafHash} from '../../proto/merkle.ts';
import {newSigner, ORIGIN} from '../helpers/record.ts';

const key = newSigner();
const other = newSigner();
const head = {origin: ORIGIN, size: 63, rootHash: leafHash(Buffer.from('root'))};
const note = signCheckpoint(head, key);

test('a checkpoint reads back as what was signed', t => {
	const heads = fc.record({
		origin: fc.constantFrom(ORIGIN, 'a', 'log.example:8080/x/y'),
		size: fc.nat(),
		rootHash: fc.uint8Array({minLength: 32, maxLength: 32}),
	});
	fc.assert(
		fc.property(heads, signed => {
			const opened = openCheckpoint(signCheckpoint(signed, key), key.publicKey);
			return (
				opened.origin === signed.origin &&
				opened.size === signed.size &&
				Buffer.compare(opened.rootHash, signed.rootHash) === 0
			);
		}),
		{numRuns: 50},
	);
	t.pass();
});

test('the note is three lines, an empty one, and one line that starts with the key id', t => {
	const [origin, size, root, empty, line, end] = note.split('\n');

	t.deepEqual([origin, size, empty, end], [ORIGIN, '63', '', '']);
	t.is(root, Buffer.from(head.rootHash).toString('base64'));
	const [dash, name, signature] = String(line).split(' ');
	t.deepEqual([dash, name], ['—', ORIGIN]);
	const keyId = Buffer.from(String(signature), 'base64').subarray(0, 4);
	t.deepEqual(keyId, Buffer.from(logIdOf(key.publicKey).subarray(0, 4)));
});

test('a checkpoint with any character changed is refused', t => {
	fc.assert(
		fc.property(
			fc.nat({max: note.length - 1}),
			fc.constantFrom('0', 'A', '\n', ' ', '+'),
			(at, character) => {
				const forged = note.slice(0, at) + character + note.slice(at + 1);
				if (forged === note) {
					return true;
				}

				t.throws(() => openCheckpoint(forged, key.publicKey), {code: 'PROTO_BAD_CHECKPOINT'}, forged);
				return true;
			},
		),
	);
	t.throws(() => openCheckpoint(note, other.publicKey), {
		code: 'PROTO_BAD_CHECKPOINT',
		message: /no signature/,
	});
});

test('lines of witnesses are ignored, and a second line of ours that fails is not', t => {
	const witness = `— witness.example ${Buffer.alloc(68, 7).toString('base64')}\n`;
	const keyId = Buffer.from(logIdOf(key.publicKey).subarray(0, 4));
	const forged = `— ${ORIGIN} ${Buffer.concat([keyId, Buffer.alloc(70, 1)]).toString('base64')}\n`;

	t.is(openCheckpoint(note + witness, key.publicKey).size, 63);
	t.throws(() => openCheckpoint(note + forged, key.publicKey), {code: 'PROTO_BAD_CHECKPOINT'});
});

test('what is not a note is refused without being looked at for long', t => {
	for (const text of ['', '\n\n', 'x', `${note.slice(0, -1)}`, note.repeat(200), `${ORIGIN}\n063\nx\n\n`]) {
		t.throws(() => openCheckpoint(text, key.publicKey), {code: 'PROTO_BAD_CHECKPOINT'});
	}
});

test('an origin is a URL without a scheme, without spaces and plus signs', t => {
	for (const origin of ['sallyport.dev/log/1', 'host', 'host:7443/x']) {
		t.true(isOrigin(origin), origin);
	}

	for (const origin of ['', 'https://a/b', 'a b', 'a+b', 'a\nb', '/x', 'a/é']) {
		t.false(isOrigin(origin), origin);
	}
});
