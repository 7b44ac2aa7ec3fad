import type {KeyObject} from 'node:crypto';
import {entryBody, verifierOf} from '../../proto/entry.ts';
import {type Envelope, envelopeBytes, payloadOf} from '../../proto/envelope.ts';
import {readStatement} from '../../proto/statement.ts';
import {LogError} from './error.ts';
import {type IndexRow, indexOf} from './index-row.ts';
import {pack} from './pack.ts';
import type {Verifier} from './verifier.ts';

/** Largest envelope that is taken, in bytes: base64 of the largest statement, and the frame. */
const MAX_ENVELOPE_BYTES = 1_500_000;

/** An envelope that may go into the log, with the leaf and the index row it will have there. */
export interface Admitted {
	/** Packed, as it is stored. */
	readonly envelope: Uint8Array;
	readonly body: Uint8Array;
	readonly index: IndexRow;
}

/**
 * Verified before it is stored: what lies in the log is known to be a statement that one of `attestors` has signed.
 * @throws {LogError} LOG_REFUSED_ENVELOPE
 */
export function admission(
	attestors: readonly KeyObject[],
	verifier: Pick<Verifier, 'signerOf'>,
): (envelope: Envelope) => Promise<Admitted> {
	const names = attestors.map(verifierOf);
	return async envelope => {
		const bytes = envelopeBytes(envelope);
		if (bytes.length > MAX_ENVELOPE_BYTES) {
			throw new LogError('LOG_REFUSED_ENVELOPE', `The envelope is larger than ${MAX_ENVELOPE_BYTES} bytes`);
		}

		const name = names[await verifier.signerOf(envelope)];
		if (name === undefined) {
			const message = 'The envelope is not signed by a key that this log takes entries from';
			throw new LogError('LOG_REFUSED_ENVELOPE', message);
		}

		const payload = payloadOf(envelope);
		const [{sig}] = envelope.signatures;
		try {
			const index = indexOf(readStatement(payload));
			return {
				envelope: pack(envelope, payload),
				body: entryBody({envelope: bytes, payload, sig, verifier: name}),
				index,
			};
		} catch (cause) {
			throw new LogError('LOG_REFUSED_ENVELOPE', 'The envelope holds no in-toto statement', {cause});
		}
	};
}
