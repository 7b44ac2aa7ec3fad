import {type KeyObject, verify} from 'node:crypto';
import {canonicalJson} from './canonical-json.ts';
import {ProtoError} from './error.ts';
import type {Statement} from './statement.ts';

/** The only payload type: cosign refuses the longer `application/vnd.in-toto.<predicate>+json`. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/**
 * DSSE envelope with exactly one signature and no `keyid`: a Sigstore bundle allows only one, and cosign's bundle path
 * refuses a good signature whose keyid it can't explain. `payload` and `sig` are standard base64 with padding.
 */
export interface Envelope {
	readonly payload: string;
	readonly payloadType: typeof PAYLOAD_TYPE;
	readonly signatures: readonly [{readonly sig: string}];
}

/** Holds a private key. `sign` answers ECDSA P-256 over SHA-256, as DER. */
export interface Signer {
	readonly publicKey: KeyObject;
	sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Statement → signed envelope. The payload is the statement's canonical JSON. */
export async function seal(statement: Statement<unknown>, signer: Signer): Promise<Envelope> {
	const payload = Buffer.from(canonicalJson(statement));
	const sig = Buffer.from(await signer.sign(preAuthenticationEncoding(payload)));
	return {
		payload: payload.toString('base64'),
		payloadType: PAYLOAD_TYPE,
		signatures: [{sig: sig.toString('base64')}],
	};
}

/** True only if the one signature is `publicKey`'s over exactly this payload and payload type. */
export function verifyEnvelope(envelope: Envelope, publicKey: KeyObject): boolean {
	const [{sig}] = envelope.signatures;
	try {
		return verify('sha256', signedBytes(envelope), publicKey, Buffer.from(sig, 'base64'));
	} catch {
		// OpenSSL throws for a key of another kind; for the caller that is one more signature that does not verify.
		return false;
	}
}

/** What the signature is over. */
export function signedBytes(envelope: Envelope): Uint8Array {
	return preAuthenticationEncoding(payloadOf(envelope));
}

/** The payload's bytes: canonical JSON of the statement. */
export function payloadOf(envelope: Envelope): Uint8Array {
	return Buffer.from(envelope.payload, 'base64');
}

/** The bytes that are stored, and whose SHA-256 is the `envelopeHash` of the log's entry. */
export function envelopeBytes(envelope: Envelope): Uint8Array {
	const {payload, payloadType, signatures} = envelope;
	// In this order and of base64 alone it is canonical JSON already; an envelope is too large to sort for nothing.
	return Buffer.from(JSON.stringify({payload, payloadType, signatures: [{sig: signatures[0].sig}]}));
}

/**
 * Parsed JSON → Envelope.
 * @throws {ProtoError} PROTO_BAD_ENVELOPE
 */
export function readEnvelope(value: unknown): Envelope {
	const {payload, payloadType, signatures} = isRecord(value) ? value : {};
	if (payloadType !== PAYLOAD_TYPE) {
		throw new ProtoError('PROTO_BAD_ENVELOPE', `The envelope's payloadType is not ${PAYLOAD_TYPE}`);
	}

	const [first, second] = Array.isArray(signatures) ? signatures : [];
	if (!isRecord(first) || second !== undefined || !isBase64(first['sig'])) {
		throw new ProtoError('PROTO_BAD_ENVELOPE', 'The envelope does not have exactly one base64 signature');
	}

	if (!isBase64(payload)) {
		throw new ProtoError('PROTO_BAD_ENVELOPE', "The envelope's payload is not standard base64");
	}

	return {payload, payloadType, signatures: [{sig: first['sig']}]};
}

/** True for standard base64 with padding that has only one spelling: decoding and encoding gives it back. */
export function isBase64(value: unknown): value is string {
	return (
		typeof value === 'string' && value !== '' && Buffer.from(value, 'base64').toString('base64') === value
	);
}

// DSSE v1: lengths come first, so no payload can be read as another payload of another type.
function preAuthenticationEncoding(payload: Uint8Array): Uint8Array {
	return Buffer.concat([
		Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `),
		payload,
	]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
