import {hash, type KeyObject} from 'node:crypto';
import {type Envelope, isBase64, readEnvelope} from './envelope.ts';
import {ProtoError} from './error.ts';

export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Sigstore bundle v0.3 in the parts we write and read: one envelope, one log entry with its promise and its proof. */
export interface Bundle {
	readonly mediaType: typeof BUNDLE_MEDIA_TYPE;
	readonly verificationMaterial: {
		readonly publicKey: {readonly hint: string};
		readonly tlogEntries: readonly [LogEntry];
	};
	readonly dsseEnvelope: Envelope;
}

/** A bundle of an envelope that no log has taken: signed by a key, at a time that only its signer tells. */
export interface SignedBundle {
	readonly mediaType: typeof BUNDLE_MEDIA_TYPE;
	readonly verificationMaterial: {readonly publicKey: {readonly hint: string}};
	readonly dsseEnvelope: Envelope;
}

/** Protobuf's JSON: 64-bit numbers are strings, bytes are base64. */
export interface LogEntry {
	readonly logIndex: string;
	readonly logId: {readonly keyId: string};
	readonly kindVersion: {readonly kind: 'dsse'; readonly version: '0.0.1'};
	readonly integratedTime: string;
	readonly inclusionPromise: {readonly signedEntryTimestamp: string};
	readonly inclusionProof: {
		readonly logIndex: string;
		readonly rootHash: string;
		readonly treeSize: string;
		readonly hashes: readonly string[];
		readonly checkpoint: {readonly envelope: string};
	};
	readonly canonicalizedBody: string;
}

/** Everything about one entry that a bundle carries. */
export interface Logged {
	readonly envelope: Envelope;
	readonly attestor: KeyObject;
	readonly position: number;
	/** Whole seconds since 1970. */
	readonly integratedTime: number;
	readonly logId: Uint8Array;
	readonly body: Uint8Array;
	readonly promise: Uint8Array;
	readonly size: number;
	readonly rootHash: Uint8Array;
	readonly proof: readonly Uint8Array[];
	readonly note: string;
}

/** Puts an entry's parts into the form that `cosign verify-blob-attestation --bundle` takes. */
export function bundleOf(logged: Logged): Bundle {
	const entry: LogEntry = {
		logIndex: String(logged.position),
		logId: {keyId: base64(logged.logId)},
		kindVersion: {kind: 'dsse', version: '0.0.1'},
		integratedTime: String(logged.integratedTime),
		inclusionPromise: {signedEntryTimestamp: base64(logged.promise)},
		inclusionProof: {
			logIndex: String(logged.position),
			rootHash: base64(logged.rootHash),
			treeSize: String(logged.size),
			hashes: logged.proof.map(base64),
			checkpoint: {envelope: logged.note},
		},
		canonicalizedBody: base64(logged.body),
	};
	return {
		mediaType: BUNDLE_MEDIA_TYPE,
		verificationMaterial: {publicKey: {hint: keyHint(logged.attestor)}, tlogEntries: [entry]},
		dsseEnvelope: logged.envelope,
	};
}

/** An envelope in the form that `cosign verify-blob-attestation --bundle --insecure-ignore-tlog` takes. */
export function signedBundleOf(dsseEnvelope: Envelope, publicKey: KeyObject): SignedBundle {
	return {
		mediaType: BUNDLE_MEDIA_TYPE,
		verificationMaterial: {publicKey: {hint: keyHint(publicKey)}},
		dsseEnvelope,
	};
}

/**
 * Parsed JSON → what is signed of any bundle of ours, in a log or not.
 * @throws {ProtoError} PROTO_BAD_BUNDLE, PROTO_BAD_ENVELOPE
 */
export function readSigned(value: unknown): SignedBundle {
	const bundle = record(value, 'the bundle');
	if (bundle['mediaType'] !== BUNDLE_MEDIA_TYPE) {
		throw refused(`mediaType is not ${BUNDLE_MEDIA_TYPE}`);
	}

	const {publicKey} = record(bundle['verificationMaterial'], 'verificationMaterial');
	const {hint} = record(publicKey, 'verificationMaterial.publicKey');
	return {
		mediaType: BUNDLE_MEDIA_TYPE,
		verificationMaterial: {publicKey: {hint: bytes(hint, 'publicKey.hint')}},
		dsseEnvelope: readEnvelope(bundle['dsseEnvelope']),
	};
}

/** Whether a bundle claims to be in a log; one that does is only as good as its proof. */
export function isLogged(value: unknown): boolean {
	const {tlogEntries} = record(record(value, 'the bundle')['verificationMaterial'], 'verificationMaterial');
	return Array.isArray(tlogEntries) && tlogEntries.length > 0;
}

/** base64(SHA-256(SPKI DER)), the value that cosign itself writes. A hint, never a proof. */
export function keyHint(publicKey: KeyObject): string {
	return hash('sha256', publicKey.export({type: 'spki', format: 'der'}), 'base64');
}

/**
 * Parsed JSON → Bundle, of the kind we write. Anything may have been sent as a bundle: every field is checked here.
 * @throws {ProtoError} PROTO_BAD_BUNDLE, PROTO_BAD_ENVELOPE
 */
export function readBundle(value: unknown): Bundle {
	const bundle = record(value, 'the bundle');
	if (bundle['mediaType'] !== BUNDLE_MEDIA_TYPE) {
		throw refused(`mediaType is not ${BUNDLE_MEDIA_TYPE}`);
	}

	const material = record(bundle['verificationMaterial'], 'verificationMaterial');
	const {hint} = record(material['publicKey'], 'verificationMaterial.publicKey');
	const entries: unknown = material['tlogEntries'];
	if (!Array.isArray(entries) || entries.length !== 1) {
		throw refused('verificationMaterial.tlogEntries does not hold exactly one entry');
	}

	return {
		mediaType: BUNDLE_MEDIA_TYPE,
		verificationMaterial: {
			publicKey: {hint: bytes(hint, 'publicKey.hint')},
			tlogEntries: [entryOf(record(entries[0], 'tlogEntries[0]'))],
		},
		dsseEnvelope: readEnvelope(bundle['dsseEnvelope']),
	};
}

function entryOf(entry: Fields): LogEntry {
	const logId = record(entry['logId'], 'logId');
	const kind = record(entry['kindVersion'], 'kindVersion');
	if (kind['kind'] !== 'dsse' || kind['version'] !== '0.0.1') {
		throw refused('kindVersion is not dsse 0.0.1');
	}

	const promise = record(entry['inclusionPromise'], 'inclusionPromise');
	return {
		logIndex: count(entry['logIndex'], 'logIndex'),
		logId: {keyId: bytes(logId['keyId'], 'logId.keyId')},
		kindVersion: {kind: 'dsse', version: '0.0.1'},
		integratedTime: count(entry['integratedTime'], 'integratedTime'),
		inclusionPromise: {signedEntryTimestamp: bytes(promise['signedEntryTimestamp'], 'signedEntryTimestamp')},
		inclusionProof: proofOf(record(entry['inclusionProof'], 'inclusionProof')),
		canonicalizedBody: bytes(entry['canonicalizedBody'], 'canonicalizedBody'),
	};
}

function proofOf(proof: Fields): LogEntry['inclusionProof'] {
	// protobuf's JSON leaves out an empty list: the only entry of a tree has nothing to prove its way through.
	const hashes: unknown = proof['hashes'] ?? [];
	const {envelope} = record(proof['checkpoint'], 'inclusionProof.checkpoint');
	if (!Array.isArray(hashes) || hashes.length > 64 || typeof envelope !== 'string') {
		throw refused('inclusionProof has no list of at most 64 hashes, or no checkpoint');
	}

	return {
		logIndex: count(proof['logIndex'], 'inclusionProof.logIndex'),
		rootHash: bytes(proof['rootHash'], 'inclusionProof.rootHash'),
		treeSize: count(proof['treeSize'], 'inclusionProof.treeSize'),
		hashes: hashes.map(hashed => bytes(hashed, 'inclusionProof.hashes')),
		checkpoint: {envelope},
	};
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown, name: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw refused(`${name} is missing`);
	}

	return value as Fields; // An object that is not an array has string keys.
}

function bytes(value: unknown, name: string): string {
	if (!isBase64(value)) {
		throw refused(`${name} is not standard base64`);
	}

	return value;
}

function count(value: unknown, name: string): string {
	const text = typeof value === 'number' ? String(value) : value;
	if (
		typeof text !== 'string' ||
		!/^(?:0|[1-9][0-9]{0,15})$/.test(text) ||
		!Number.isSafeInteger(Number(text))
	) {
		throw refused(`${name} is not a whole number`);
	}

	return text;
}

function base64(value: Uint8Array): string {
	return Buffer.from(value).toString('base64');
}

function refused(what: string): ProtoError {
	return new ProtoError('PROTO_BAD_BUNDLE', `This is not one of our Sigstore bundles: ${what}`);
}
