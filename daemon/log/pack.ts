import {constants, zstdCompressSync, zstdDecompressSync} from 'node:zlib';
import {type Envelope, envelopeBytes, PAYLOAD_TYPE, readEnvelope} from '../../proto/envelope.ts';
import {MAX_STATEMENT_BYTES} from '../../proto/statement.ts';
import {dictionaryOne} from './pack-dictionary.ts';

/** First byte of a packed envelope. An envelope as it is begins with a brace. A later way takes the next number. */
const ONE = 1;
const BRACE = 0x7b;
/** Version, and the signature's length in two bytes. */
const HEAD = 3;

/**
 * An envelope as it is stored: its signature as it is, its payload compressed with what statements have in common. A statement is
 * mostly the names of controls and sentences about them, and every one of them says nearly the same.
 * @param payload of the envelope, decoded
 * @param level of zstd; 3 takes a tenth of a millisecond for 20 kB
 */
export function pack({signatures}: Pick<Envelope, 'signatures'>, payload: Uint8Array, level = 3): Uint8Array {
	const sig = Buffer.from(signatures[0].sig, 'base64');
	const head = Buffer.from([ONE, sig.length >> 8, sig.length & 0xff]);
	const compressed = zstdCompressSync(payload, {
		dictionary: dictionaryOne(),
		params: {[constants.ZSTD_c_compressionLevel]: level},
	});
	return Buffer.concat([head, sig, compressed]);
}

/**
 * What is stored → the envelope. Bytes that were changed are no envelope, or another one, which its signature then shows.
 * @throws {Error} of zlib, or `ProtoError`
 */
export function unpack(stored: Uint8Array): {readonly envelope: Envelope; readonly bytes: Uint8Array} {
	const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
	if (bytes[0] === BRACE) {
		return {envelope: readEnvelope(JSON.parse(bytes.toString())), bytes};
	}

	if (bytes[0] !== ONE || bytes.length < HEAD) {
		throw new RangeError(`An entry is packed in the way ${bytes[0]}, which this program does not know`);
	}

	const end = HEAD + bytes.readUInt16BE(1);
	const payload = zstdDecompressSync(bytes.subarray(end), {
		dictionary: dictionaryOne(),
		maxOutputLength: MAX_STATEMENT_BYTES,
	});
	const envelope = readEnvelope({
		payload: payload.toString('base64'),
		payloadType: PAYLOAD_TYPE,
		signatures: [{sig: bytes.subarray(HEAD, end).toString('base64')}],
	});
	return {envelope, bytes: envelopeBytes(envelope)};
}
