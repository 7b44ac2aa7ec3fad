import {generateKeyPairSync, verify} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {canonicalJson} from '../../proto/canonical-json.ts';
import {
	envelopeBytes,
	isBase64,
	PAYLOAD_TYPE,
	payloadOf,
	readEnvelope,
	seal,
	verifyEnvelope,
} from '../../proto/envelope.ts';
import {readStatement} from '../../proto/statement.ts';
import {newSigner, sampleStatement} from '../helpers/record.ts';

const signer = newSigner();
const sealing = seal(sampleStatement(), signer);

test('the signature is over the DSSE encoding, byte for byte', async t => {
	const envelope = await sealing;
	const payload = Buffer.from(envelope.payload, 'base64');
	const signed = Buffer.concat([Buffer.from(`DSSEv1 28 ${PAYLOAD_TYPE} ${payload.length} `), payload]);

	t.true(verify('sha256', signed, signer.publicKey, Buffer.from(envelope.signatures[0].sig, 'base64')));
	t.true(verifyEnvelope(envelope, signer.publicKey));
	t.is(payload.toString(), canonicalJson(sampleStatement()));
});

test('an envelope has one signature and no keyid, as cosign needs it', async t => {
	const envelope = JSON.parse(Buffer.from(envelopeBytes(await sealing)).toString());

	t.deepEqual(Object.keys(envelope), ['payload', 'payloadType', 'signatures']);
	t.deepEqual(envelope.signatures.map(Object.keys), [['sig']]);
});

test('no changed payload, changed signature or other key verifies', async t => {
	const envelope = await sealing;
	const payload = Buffer.from(envelope.payload, 'base64');
	const sig = Buffer.from(envelope.signatures[0].sig, 'base64');

	fc.assert(
		fc.property(fc.nat({max: payload.length - 1}), fc.integer({min: 1, max: 255}), (at, change) => {
			const forged = Buffer.from(payload);
			forged[at] = (forged[at] ?? 0) ^ change;
			return !verifyEnvelope({...envelope, payload: forged.toString('base64')}, signer.publicKey);
		}),
	);
	fc.assert(
		fc.property(fc.nat({max: sig.length - 1}), fc.integer({min: 1, max: 255}), (at, change) => {
			const forged = Buffer.from(sig);
			forged[at] = (forged[at] ?? 0) ^ change;
			return !verifyEnvelope({...envelope, signatures: [{sig: forged.toString('base64')}]}, signer.publicKey);
		}),
	);
	t.false(verifyEnvelope(envelope, newSigner().publicKey));
	t.false(verifyEnvelope(envelope, generateKeyPairSync('ed25519').publicKey));
});

test('an envelope of another shape is refused with the field', async t => {
	const good = await sealing;
	const refusals: readonly (readonly [unknown, RegExp])[] = [
		[undefined, /payloadType/],
		[{...good, payloadType: 'application/vnd.in-toto.test-result+json'}, /payloadType/],
		[{...good, payload: 'not base64!'}, /payload is not standard base64/],
		[{...good, payload: 'AA'}, /payload is not standard base64/],
		[{...good, signatures: []}, /exactly one base64 signature/],
		[{...good, signatures: [...good.signatures, ...good.signatures]}, /exactly one base64 signature/],
		[{...good, signatures: [{sig: 7}]}, /exactly one base64 signature/],
	];

	for (const [value, message] of refusals) {
		t.throws(() => readEnvelope(value), {code: 'PROTO_BAD_ENVELOPE', message});
	}

	t.deepEqual(readEnvelope({...good, extra: 1}), good);
});

test('base64 has one spelling', t => {
	fc.assert(
		fc.property(fc.uint8Array({minLength: 1}), bytes => isBase64(Buffer.from(bytes).toString('base64'))),
	);
	for (const text of ['', 'A', 'AA', 'AB==', '_-8=', 'AA= =', 'AAAA\n']) {
		t.false(isBase64(text), text);
	}
});

test('a statement reads back as it was sealed', async t => {
	t.deepEqual(readStatement(payloadOf(await sealing)), sampleStatement());
});

test('a payload that is no in-toto statement is refused with the reason', t => {
	const good = sampleStatement();
	const refusals: readonly (readonly [unknown, RegExp])[] = [
		[{...good, _type: 'https://in-toto.io/Statement/v0.1'}, /_type/],
		[{...good, subject: []}, /no subject/],
		[{...good, subject: [{name: 'x', digest: {}}]}, /no subject/],
		[{...good, subject: [{name: 'x', digest: {sha256: 'ABC'}}]}, /no subject/],
		[{...good, predicateType: ''}, /predicateType/],
		[{...good, predicate: null}, /predicate/],
		[[], /_type/],
	];

	for (const [value, message] of refusals) {
		t.throws(() => readStatement(Buffer.from(JSON.stringify(value))), {code: 'PROTO_BAD_STATEMENT', message});
	}

	t.throws(() => readStatement(Buffer.from([0xff])), {message: /not JSON/});
	t.throws(() => readStatement(Buffer.alloc(1024 * 1024 + 1, 32)), {message: /larger than/});
});

test('canonical JSON is the same for the same value, whatever the order of its keys', t => {
	fc.assert(
		fc.property(fc.jsonValue(), value => {
			const text = canonicalJson(value);
			return text === canonicalJson(reversed(value)) && canonicalJson(JSON.parse(text)) === text;
		}),
	);
	t.is(canonicalJson({b: 1, a: [1e21, -0, 'é\n']}), '{"a":[1e+21,0,"é\\n"],"b":1}');
});

function reversed(value: unknown): unknown {
	if (Array.isArray(value)) {
		return value.map(reversed);
	}

	return typeof value === 'object' && value !== null
		? Object.fromEntries(
				Object.entries(value)
					.reverse()
					.map(([key, member]) => [key, reversed(member)]),
			)
		: value;
}
