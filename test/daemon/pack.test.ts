import test from 'ava';
import fc from 'fast-check';
import {pack, unpack} from '../../daemon/log/pack.ts';
import {envelopeBytes, payloadOf, seal} from '../../proto/envelope.ts';
import {newSigner, sampleStatement} from '../helpers/record.ts';

const signer = newSigner();
const SIZE = 1024 * 1024;

test('an envelope comes out of the store as it went in, byte for byte', async t => {
	for (const name of ['web-1', 'ü'.repeat(300), '"\\\u0000\u2028']) {
		const envelope = await seal(sampleStatement({name}), signer);
		const stored = pack(envelope, payloadOf(envelope));

		t.deepEqual(unpack(stored), {envelope, bytes: envelopeBytes(envelope)});
		t.deepEqual(unpack(new Uint8Array(stored)).envelope, envelope);
		t.true(stored.length < envelopeBytes(envelope).length);
	}
});

test('what older versions stored is read as it is', async t => {
	const envelope = await seal(sampleStatement(), signer);

	t.deepEqual(unpack(envelopeBytes(envelope)), {envelope, bytes: envelopeBytes(envelope)});
});

test('bytes that were changed are no envelope or another one, and never end the program', async t => {
	const envelope = await seal(sampleStatement(), signer);
	const stored = pack(envelope, payloadOf(envelope));
	const whole = Buffer.from(envelopeBytes(envelope));

	fc.assert(
		fc.property(fc.nat(stored.length - 1), fc.integer({min: 1, max: 255}), (at, change) => {
			const changed = Buffer.from(stored);
			changed[at] = (changed[at] ?? 0) ^ change;
			try {
				return Buffer.compare(whole, unpack(changed).bytes) !== 0;
			} catch {
				return true;
			}
		}),
	);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 200}), bytes => {
			t.throws(() => unpack(bytes), {any: true});
		}),
	);
});

test('a payload that would unpack to more than a statement may be is refused', t => {
	const statement = {...sampleStatement(), predicate: {text: 'a'.repeat(2 * SIZE)}};
	const payload = Buffer.from(JSON.stringify(statement));
	const signatures = [{sig: Buffer.alloc(70).toString('base64')}] as const;

	t.throws(() => unpack(pack({signatures}, payload)), {
		any: true,
	});
});
