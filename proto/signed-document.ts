import {createPublicKey, type KeyObject} from 'node:crypto';
import {canonicalJson} from './canonical-json.ts';
import {digestOf} from './digest.ts';
import {type Envelope, payloadOf, readEnvelope, type Signer, seal, verifyEnvelope} from './envelope.ts';
import {ProtoError} from './error.ts';
import {STATEMENT_TYPE, type Statement} from './statement.ts';

/** A person's signature over a policy document: an in-toto statement about the digest of its RFC 8785 canonical form. */
export const DOCUMENT_TYPE = 'https://sallyport.dev/attestation/policy-document/v1';

interface DocumentPredicate {
	/** `PolicyBundle`, `PolicyApproval` or `Waiver`: for whoever reads it; the digest is over the document's own kind. */
	readonly kind: string;
	/** RFC 3339. The signer's own clock; what counts are the dates in the document. */
	readonly signedAt: string;
}

/** Document → signature, as it lies beside the document. */
export function signDocument(document: unknown, name: string, signer: Signer, at: Date): Promise<Envelope> {
	const digest = documentDigest(document).slice('sha256:'.length);
	const statement: Statement<DocumentPredicate> = {
		_type: STATEMENT_TYPE,
		subject: [{name, digest: {sha256: digest}}],
		predicateType: DOCUMENT_TYPE,
		predicate: {kind: kindOf(document), signedAt: at.toISOString()},
	};
	return seal(statement, signer);
}

/** True only if this key signed this document as what it says it is. Anything may have been put beside a document. */
export function isDocumentSignedBy(document: unknown, signature: string, pem: string): boolean {
	const key = readPublicKey(pem);
	const envelope = envelopeOf(signature);
	return (
		key !== undefined &&
		envelope !== undefined &&
		isAbout(envelope, document) &&
		verifyEnvelope(envelope, key)
	);
}

/** The digest by which approvals name a bundle, and contracts name a policy. */
export function documentDigest(document: unknown): string {
	return digestOf(canonicalJson(document));
}

/** Names a public key by its content; undefined for what is no ECDSA P-256 public key. */
export function fingerprintOf(pem: string): string | undefined {
	const key = readPublicKey(pem);
	return key === undefined ? undefined : digestOf(key.export({type: 'spki', format: 'der'}));
}

function readPublicKey(pem: string): KeyObject | undefined {
	// createPublicKey takes a private key as well, and nobody should get used to leaving one here.
	if (!pem.includes('-----BEGIN PUBLIC KEY-----')) {
		return undefined;
	}

	try {
		const key = createPublicKey(pem);
		return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
	} catch {
		return undefined;
	}
}

function envelopeOf(signature: string): Envelope | undefined {
	try {
		return readEnvelope(JSON.parse(signature));
	} catch (error) {
		if (error instanceof ProtoError || error instanceof SyntaxError) {
			return undefined;
		}

		throw error;
	}
}

function isAbout(envelope: Envelope, document: unknown): boolean {
	try {
		const statement = JSON.parse(new TextDecoder().decode(payloadOf(envelope))) as Partial<Statement>;
		return (
			statement._type === STATEMENT_TYPE &&
			statement.predicateType === DOCUMENT_TYPE &&
			statement.subject?.length === 1 &&
			`sha256:${statement.subject[0]?.digest?.['sha256']}` === documentDigest(document)
		);
	} catch {
		// A payload that is no such statement, or a document that has no canonical form.
		return false;
	}
}

function kindOf(document: unknown): string {
	const kind = typeof document === 'object' && document !== null && 'kind' in document ? document.kind : '';
	return typeof kind === 'string' ? kind : '';
}
