import {createPublicKey, type KeyObject} from 'node:crypto';
import {logIdOf} from './checkpoint.ts';
import {isBase64} from './envelope.ts';
import {ProtoError} from './error.ts';

const MEDIA_TYPE = 'application/vnd.dev.sigstore.trustedroot+json;version=0.1';

/** A log whose promises and checkpoints are believed. */
export interface TrustedLog {
	readonly publicKey: KeyObject;
	readonly origin: string;
	/** Promises older than this were not made by this key. */
	readonly since: Date;
}

/** The file for `cosign --trusted-root`: our log, and neither certificate nor time authorities. */
export interface TrustedRoot {
	readonly mediaType: typeof MEDIA_TYPE;
	readonly tlogs: readonly {
		readonly baseUrl: string;
		readonly hashAlgorithm: 'SHA2_256';
		readonly publicKey: {
			readonly rawBytes: string;
			readonly keyDetails: 'PKIX_ECDSA_P256_SHA_256';
			readonly validFor: {readonly start: string};
		};
		readonly logId: {readonly keyId: string};
	}[];
}

export function trustedRootOf({publicKey, origin, since}: TrustedLog): TrustedRoot {
	const rawBytes = publicKey.export({type: 'spki', format: 'der'}).toString('base64');
	return {
		mediaType: MEDIA_TYPE,
		tlogs: [
			{
				baseUrl: `https://${origin}`,
				hashAlgorithm: 'SHA2_256',
				publicKey: {
					rawBytes,
					keyDetails: 'PKIX_ECDSA_P256_SHA_256',
					validFor: {start: since.toISOString()},
				},
				logId: {keyId: Buffer.from(logIdOf(publicKey)).toString('base64')},
			},
		],
	};
}

/**
 * Parsed JSON → the logs it names. The log id is computed from the key, never taken from the file.
 * @throws {ProtoError} PROTO_BAD_TRUSTED_ROOT
 */
export function readTrustedRoot(value: unknown): readonly TrustedLog[] {
	const {mediaType, tlogs} = fields(value);
	if (mediaType !== MEDIA_TYPE || !Array.isArray(tlogs) || tlogs.length === 0 || tlogs.length > 64) {
		throw refused(`it is not ${MEDIA_TYPE} with at least one log`);
	}

	return tlogs.map(logOf);
}

function logOf(value: unknown): TrustedLog {
	const {baseUrl, publicKey} = fields(value);
	const {rawBytes, keyDetails, validFor} = fields(publicKey);
	if (typeof baseUrl !== 'string' || !baseUrl.startsWith('https://')) {
		throw refused('a log has no baseUrl');
	}

	if (keyDetails !== 'PKIX_ECDSA_P256_SHA_256' || !isBase64(rawBytes)) {
		throw refused("a log's key is not ECDSA P-256");
	}

	const {start} = fields(validFor);
	const since = new Date(typeof start === 'string' ? start : Number.NaN);
	if (Number.isNaN(since.getTime())) {
		throw refused("a log's key has no validFor.start");
	}

	return {publicKey: keyOf(rawBytes), origin: baseUrl.slice('https://'.length), since};
}

function keyOf(rawBytes: string): KeyObject {
	try {
		return createPublicKey({key: Buffer.from(rawBytes, 'base64'), format: 'der', type: 'spki'});
	} catch (cause) {
		throw refused("a log's key can't be read", cause);
	}
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function refused(what: string, cause?: unknown): ProtoError {
	return new ProtoError('PROTO_BAD_TRUSTED_ROOT', `This is not a trusted root we can use: ${what}`, {cause});
}
