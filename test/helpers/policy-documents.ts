import {createPrivateKey, generateKeyPairSync, type KeyObject} from 'node:crypto';
import {stringify} from 'yaml';
import {signerOf} from '../../daemon/log/keys.ts';
import {documentDigest, signDocument} from '../../proto/signed-document.ts';

/** A person with a key, for the documents that they sign. */
export interface Hand {
	readonly person: string;
	readonly key: KeyObject;
	readonly pem: string;
}

export function handOf(person: string): Hand {
	const {privateKey, publicKey} = generateKeyPairSync('ec', {
		namedCurve: 'P-256',
		publicKeyEncoding: {type: 'spki', format: 'pem'},
		privateKeyEncoding: {type: 'pkcs8', format: 'pem'},
	});
	return {person, key: createPrivateKey(privateKey), pem: publicKey};
}

/** A document as text, with its signature, as files of a folder. */
export async function signedFiles(
	name: string,
	document: Readonly<Record<string, unknown>>,
	{key}: Hand,
): Promise<Readonly<Record<string, string>>> {
	const signature = await signDocument(document, name, signerOf(key), new Date('2027-01-01T00:00:00Z'));
	return {[`${name}.yaml`]: stringify(document), [`${name}.yaml.sig`]: JSON.stringify(signature)};
}

interface Dates {
	readonly approvedAt?: string;
	readonly effectiveFrom?: string;
	readonly reviewBy?: string;
	readonly decision?: string;
	readonly supersedes?: string;
}

/** An approval of a bundle's document. */
export function approvalOf(
	bundle: {readonly name: string; readonly version: string; readonly document: unknown},
	{author, approver}: {readonly author: string; readonly approver: string},
	dates: Dates = {},
): Readonly<Record<string, unknown>> {
	return {
		apiVersion: 'sallyport.dev/v1',
		kind: 'PolicyApproval',
		metadata: {},
		spec: {
			subject: {name: bundle.name, version: bundle.version, digest: documentDigest(bundle.document)},
			decision: 'approved',
			author: {id: author, name: 'Somebody'},
			approver: {id: approver, name: 'Somebody else'},
			approvedAt: '2026-12-01T09:30:00Z',
			effectiveFrom: '2027-01-01T00:00:00Z',
			reviewBy: '2027-12-01T00:00:00Z',
			...dates,
		},
	};
}

export interface WaiverWish {
	readonly id?: string;
	readonly rule?: string;
	readonly scope?: unknown;
	readonly compensating?: unknown;
	readonly requestedBy?: string;
	readonly approvedBy?: string;
	readonly effectiveFrom?: string;
	readonly expiresAt?: string;
}

export function waiverOf({
	id = 'W-2027-014',
	rule = 'base-no-mutable-tag',
	scope = {services: ['legacy-edge']},
	compensating = [{description: 'The digest is pinned all the same', rule: 'base-digest-pinned'}],
	requestedBy = 'lee@example.test',
	approvedBy = 'sam@example.test',
	effectiveFrom = '2027-01-01T00:00:00Z',
	expiresAt = '2027-03-31T00:00:00Z',
}: WaiverWish = {}): Readonly<Record<string, unknown>> {
	return {
		apiVersion: 'sallyport.dev/v1',
		kind: 'Waiver',
		metadata: {id, title: 'A tag that moves'},
		spec: {
			rule,
			scope,
			reason: 'The vendor publishes one tag only, and rebuilds it every week.',
			risk: {residual: 'low', owner: {id: 'max@example.test', name: 'Max Owner'}},
			compensating,
			requestedBy: {id: requestedBy, name: 'Lee Author'},
			approvedBy: {id: approvedBy, name: 'Sam Approver'},
			effectiveFrom,
			expiresAt,
		},
	};
}

/** A trust file and the public keys that it names. */
export function trustFiles(
	hands: readonly (readonly [Hand, readonly string[]])[],
	policies?: readonly string[],
): Readonly<Record<string, string>> {
	const keys = hands.map(([{person}, roles], index) => ({name: `key-${index}`, person, roles}));
	const spec = {keys, ...(policies === undefined ? {} : {policies})};
	return {
		'trust.yaml': stringify({apiVersion: 'sallyport.dev/v1', kind: 'TrustRoot', metadata: {}, spec}),
		...Object.fromEntries(hands.map(([{pem}], index) => [`key-${index}.pub`, pem])),
	};
}
