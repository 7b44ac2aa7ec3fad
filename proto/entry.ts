import {hash, type KeyObject} from 'node:crypto';

/** What a leaf is made of. */
export interface Sealed {
	/** `envelopeBytes` of the envelope, and the payload inside it. */
	readonly envelope: Uint8Array;
	readonly payload: Uint8Array;
	/** The envelope's one signature, base64. */
	readonly sig: string;
	/** `verifierOf` the key that made it. */
	readonly verifier: string;
}

/**
 * The bytes of a leaf: a Rekor v1 `dsse 0.0.1` body, so that cosign finds in our log what it would find in Rekor. It holds
 * hashes, the signature and the public key, no payload: it can be published, and it survives the deletion of envelopes.
 */
export function entryBody({envelope, payload, sig, verifier}: Sealed): Uint8Array {
	// Rekor's canonical form is its key order without spaces; that order is alphabetical, so RFC 8785 would write the same.
	return Buffer.from(
		JSON.stringify({
			apiVersion: '0.0.1',
			kind: 'dsse',
			spec: {
				envelopeHash: {algorithm: 'sha256', value: hash('sha256', envelope, 'hex')},
				payloadHash: {algorithm: 'sha256', value: hash('sha256', payload, 'hex')},
				signatures: [{signature: sig, verifier}],
			},
		}),
	);
}

/** A public key as a leaf names it: base64 of its SPKI PEM. */
export function verifierOf(publicKey: KeyObject): string {
	return Buffer.from(publicKey.export({type: 'spki', format: 'pem'})).toString('base64');
}

export interface Promised {
	readonly body: Uint8Array;
	/** Whole seconds since 1970. */
	readonly integratedTime: number;
	readonly logId: Uint8Array;
	readonly position: number;
}

/** What the log's key signs as the signed entry timestamp: Rekor's canonical JSON of the entry. */
export function promiseBytes({body, integratedTime, logId, position}: Promised): Uint8Array {
	const fields = {
		body: Buffer.from(body).toString('base64'),
		integratedTime,
		logID: Buffer.from(logId).toString('hex'),
		logIndex: position,
	};
	return Buffer.from(JSON.stringify(fields));
}
