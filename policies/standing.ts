import {readApproval} from './approval.ts';
import {type ApprovalStanding, approvalStanding} from './assess-approval.ts';
import {assessWaiver, type WaiverStanding} from './assess-waiver.ts';
import type {Bundle} from './bundle.ts';
import {PolicyError} from './error.ts';
import {type Field, refuse} from './fields.ts';
import type {Signed} from './signed.ts';
import {type KnownKey, readTrust, refuseMixedRoles} from './trust.ts';
import {readWaiver} from './waiver.ts';
import {openYaml} from './yaml-text.ts';

/** Who approved a bundle and which exceptions hold, as of a moment. */
export interface Standing {
	readonly approval: ApprovalStanding;
	readonly waivers: readonly WaiverStanding[];
	/** Whose signature says that a release job looked at an image. */
	readonly builders: readonly Builder[];
	/** Documents that could not be used, each as a sentence. Nothing is waived or approved by them. */
	readonly problems: readonly string[];
}

/** A key with the role `builder`, by the name that the trust file gives it. */
export type Builder = Pick<KnownKey, 'name' | 'person' | 'pem' | 'fingerprint'>;

/** Says whose keys are trusted; lies beside them. */
export const TRUST_FILE = 'trust.yaml';

/** Text files by their names, as they lie beside a bundle. */
export type Files = ReadonlyMap<string, string>;

export interface PolicyFiles {
	/** `trust.yaml` and the public keys that it names. */
	readonly keys: Files;
	/** Each `NAME.yaml` with its signature `NAME.yaml.sig`. */
	readonly approvals: Files;
	readonly waivers: Files;
	/** The signature of the bundle itself, if its author signed it. */
	readonly bundleSignature?: string;
}

/** What only cryptography can tell; handed in, because this room has none. */
export interface Seals {
	/** Names a public key by its content. @returns undefined for what is no ECDSA P-256 public key */
	fingerprintOf(pem: string): string | undefined;
	isSignedBy(document: unknown, signature: string, pem: string): boolean;
}

/**
 * Reads what lies beside a bundle and says what stands. A document that is wrong approves and waives nothing, and is told; keys
 * that are wrong make everything doubtful, and are refused.
 * @param digest the bundle's digest
 * @throws {PolicyError} for a trust file that cannot be used, and for a bundle whose signature does not hold
 */
export function standingOf(
	bundle: Bundle,
	digest: string,
	files: PolicyFiles,
	{seals, now}: {readonly seals: Seals; readonly now: Date},
): Standing {
	const keys = keysOf(files.keys, seals);
	const author = bundleAuthor(bundle, files.bundleSignature, keys, seals);
	const approvals = signedIn('approvals', files.approvals, keys, {seals, read: readApproval});
	const waivers = signedIn('waivers', files.waivers, keys, {seals, read: readWaiver});
	return {
		approval: approvalStanding(
			{name: bundle.name, digest, quorum: bundle.terms.approval.quorum, author},
			approvals.read,
			now,
		),
		waivers: waivers.read.map(signed => assessWaiver(signed, bundle, now)),
		builders: keys
			.filter(({roles}) => roles.includes('builder'))
			.map(({name, person, pem, fingerprint}) => ({name, person, pem, fingerprint})),
		problems: [...approvals.problems, ...waivers.problems],
	};
}

/** Which bundles a build may choose, the usual one first; empty for any. */
export function choosablePolicies(keys: Files): readonly string[] {
	const text = keys.get(TRUST_FILE);
	return text === undefined ? [] : readTrust(openYaml(text, TRUST_FILE)).policies;
}

function keysOf(files: Files, seals: Seals): readonly KnownKey[] {
	const text = files.get(TRUST_FILE);
	if (text === undefined) {
		return [];
	}

	const keys = readTrust(openYaml(text, TRUST_FILE)).keys.map(key => {
		const pem = files.get(key.file);
		const fingerprint = pem === undefined ? undefined : seals.fingerprintOf(pem);
		if (pem === undefined || fingerprint === undefined) {
			const what = pem === undefined ? 'is not there' : 'is not the PEM of an ECDSA P-256 public key';
			return refuse(key.at, `the file ${key.file} of the key ${key.name} ${what}`, 'POLICY_BAD_TRUST');
		}

		return {...key, pem, fingerprint};
	});
	refuseMixedRoles(keys);
	return keys;
}

/** A bundle need not be signed; one that is must have been signed by an author, just as it is. */
function bundleAuthor(
	{name, document}: Bundle,
	signature: string | undefined,
	keys: readonly KnownKey[],
	seals: Seals,
): KnownKey | undefined {
	if (signature === undefined) {
		return undefined;
	}

	const signer = signerOf(document, signature, keys, seals);
	if (signer?.roles.includes('policy-author') !== true) {
		const message = `${name}.yaml has a signature, and it is no policy author's over this text: the bundle was changed after it was signed, or the key is not in keys/trust.yaml`;
		throw new PolicyError('POLICY_BAD_TRUST', message);
	}

	return signer;
}

function signedIn<T>(
	folder: string,
	files: Files,
	keys: readonly KnownKey[],
	{seals, read}: {readonly seals: Seals; readonly read: (document: Field) => T},
): {readonly read: readonly Signed<T>[]; readonly problems: readonly string[]} {
	const names = [...files.keys()].filter(name => name.endsWith('.yaml')).toSorted();
	const done: Signed<T>[] = [];
	const problems: string[] = [];
	for (const name of names) {
		const file = `${folder}/${name}`;
		try {
			const field = openYaml(files.get(name) ?? '', file);
			const signature = files.get(`${name}.sig`);
			const signer = signature === undefined ? undefined : signerOf(field.value, signature, keys, seals);
			done.push({file, document: read(field), signer});
		} catch (error) {
			if (!(error instanceof PolicyError)) {
				throw error;
			}

			problems.push(error.message);
		}
	}

	return {read: done, problems};
}

function signerOf(
	document: unknown,
	signature: string,
	keys: readonly KnownKey[],
	seals: Seals,
): KnownKey | undefined {
	return keys.find(({pem}) => seals.isSignedBy(document, signature, pem));
}
