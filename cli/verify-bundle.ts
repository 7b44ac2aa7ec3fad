import {hash, type KeyObject, verify} from 'node:crypto';
import {type Bundle, keyHint, type SignedBundle} from '../proto/bundle.ts';
import {logIdOf, openCheckpoint} from '../proto/checkpoint.ts';
import {entryBody, promiseBytes, verifierOf} from '../proto/entry.ts';
import {envelopeBytes, payloadOf, verifyEnvelope} from '../proto/envelope.ts';
import {leafHash, verifyInclusion} from '../proto/merkle.ts';
import {predicateTypes, readStatement, type Statement} from '../proto/statement.ts';
import type {TrustedLog} from '../proto/trusted-root.ts';

/** One question about a bundle and its answer. `detail` is a sentence: what was found, or why it failed. */
export interface Step {
	readonly name: string;
	readonly passed: boolean;
	readonly detail: string;
}

export interface Verification {
	readonly steps: readonly Step[];
	/** True only when every step passed. */
	readonly passed: boolean;
	/** What was signed, when it could be read; to be believed only if `passed`. */
	readonly statement?: Statement;
}

export interface Trust {
	/** The attestation key, from a place that the one who handed over the bundle does not control. */
	readonly publicKey: KeyObject;
	readonly logs: readonly TrustedLog[];
	/** A file that one of the statement's subjects must be: an image's manifest or its configuration. */
	readonly blob?: Uint8Array;
	/** The type that the statement must have; by default any of ours. */
	readonly predicateType?: string;
}

/**
 * Verifies a bundle without a network. Asks more than cosign 2.5 does: that checks neither the envelope's hash in the log
 * entry nor, for a bundle, the predicate type.
 */
export function verifyBundle(bundle: Bundle, trust: Trust): Verification {
	const statement = statementIn(bundle);
	const log = trust.logs.find(({publicKey}) => logIdIn(bundle).equals(logIdOf(publicKey)));
	const steps = [
		signature(bundle, trust),
		...content(statement, trust),
		logged(bundle, trust),
		known(log),
		...(log === undefined ? [] : [promised(bundle, log), ...included(bundle, log)]),
	];
	const passed = steps.every(step => step.passed);
	return statement === undefined ? {steps, passed} : {steps, passed, statement};
}

/** Verifies what a key signed and no log has taken: who said it and what it is, and not when. */
export function verifySigned(bundle: SignedBundle, trust: Omit<Trust, 'logs'>): Verification {
	const statement = statementIn(bundle);
	const steps = [signature(bundle, trust), ...content(statement, trust)];
	const passed = steps.every(step => step.passed);
	return statement === undefined ? {steps, passed} : {steps, passed, statement};
}

function signature(
	{dsseEnvelope, verificationMaterial}: SignedBundle,
	{publicKey}: Pick<Trust, 'publicKey'>,
): Step {
	const isOurs = verificationMaterial.publicKey.hint === keyHint(publicKey);
	const why = isOurs
		? 'the payload or the signature was changed'
		: 'the bundle names another key than the one given';
	return step(
		'signature',
		verifyEnvelope(dsseEnvelope, publicKey),
		'the envelope is signed by the given key',
		why,
	);
}

function content(
	statement: Statement | undefined,
	{blob, predicateType}: Omit<Trust, 'logs'>,
): readonly Step[] {
	if (statement === undefined) {
		return [failed('statement', 'the payload is not an in-toto statement')];
	}

	const type = statement.predicateType;
	const isExpected =
		predicateType === undefined
			? Object.values<string>(predicateTypes).includes(type)
			: type === predicateType;
	const typed = step(
		'predicate type',
		isExpected,
		type,
		`${type} is not ${predicateType ?? 'a type of ours'}`,
	);
	if (blob === undefined) {
		return [typed];
	}

	const digest = hash('sha256', blob);
	const isSubject = statement.subject.some(subject => subject.digest['sha256'] === digest);
	return [
		typed,
		step('subject', isSubject, `sha256:${digest} is a subject`, `no subject has the digest sha256:${digest}`),
	];
}

// The leaf is rebuilt from the envelope and the given key, so it can't speak of another envelope or another signer.
function logged({dsseEnvelope, verificationMaterial}: Bundle, {publicKey}: Trust): Step {
	const [entry] = verificationMaterial.tlogEntries;
	const expected = entryBody({
		envelope: envelopeBytes(dsseEnvelope),
		payload: payloadOf(dsseEnvelope),
		sig: dsseEnvelope.signatures[0].sig,
		verifier: verifierOf(publicKey),
	});
	return step(
		'log entry',
		Buffer.from(entry.canonicalizedBody, 'base64').equals(expected),
		'the log holds the hashes of this envelope and its payload, this signature and this key',
		'the log entry is about another envelope, payload, signature or key',
	);
}

function known(log: TrustedLog | undefined): Step {
	return step(
		'log',
		log !== undefined,
		`the log is ${log?.origin}`,
		'the trusted root does not know the log that this bundle comes from',
	);
}

function promised({verificationMaterial}: Bundle, {publicKey, since}: TrustedLog): Step {
	const [entry] = verificationMaterial.tlogEntries;
	const integratedTime = Number(entry.integratedTime);
	const bytes = promiseBytes({
		body: Buffer.from(entry.canonicalizedBody, 'base64'),
		integratedTime,
		logId: Buffer.from(entry.logId.keyId, 'base64'),
		position: Number(entry.logIndex),
	});
	const isSigned = verifies(bytes, publicKey, entry.inclusionPromise.signedEntryTimestamp);
	const isInTime = integratedTime * 1000 >= since.getTime();
	const when = integratedTime < 1e11 ? new Date(integratedTime * 1000).toISOString() : 'an impossible time';
	return step(
		'timestamp',
		isSigned && isInTime,
		`the log says it took the entry at ${when}`,
		isSigned ? `${when} is before the log's key was valid` : "the log's promise does not verify",
	);
}

function included({verificationMaterial}: Bundle, {publicKey, origin}: TrustedLog): readonly Step[] {
	const [entry] = verificationMaterial.tlogEntries;
	const {inclusionProof: claim} = entry;
	const size = Number(claim.treeSize);
	const rootHash = Buffer.from(claim.rootHash, 'base64');
	const isProved =
		claim.logIndex === entry.logIndex &&
		verifyInclusion({
			leaf: leafHash(Buffer.from(entry.canonicalizedBody, 'base64')),
			position: Number(claim.logIndex),
			size,
			proof: claim.hashes.map(text => Buffer.from(text, 'base64')),
			rootHash,
		});
	return [
		step(
			'inclusion',
			isProved,
			`entry ${claim.logIndex} is in the tree of ${size} entries`,
			'the inclusion proof does not lead from this entry to the root',
		),
		signed(claim.checkpoint.envelope, {publicKey, origin, size, rootHash}),
	];
}

interface Expected {
	readonly publicKey: KeyObject;
	readonly origin: string;
	readonly size: number;
	readonly rootHash: Uint8Array;
}

function signed(note: string, {publicKey, origin, size, rootHash}: Expected): Step {
	try {
		const head = openCheckpoint(note, publicKey);
		const isSame =
			head.origin === origin && head.size === size && Buffer.compare(head.rootHash, rootHash) === 0;
		return step(
			'checkpoint',
			isSame,
			`the log has signed that tree's root as ${origin}`,
			'the signed checkpoint is of another log or another tree than the proof',
		);
	} catch (error) {
		return failed('checkpoint', error instanceof Error ? error.message : String(error));
	}
}

function verifies(bytes: Uint8Array, publicKey: KeyObject, signature64: string): boolean {
	try {
		return verify('sha256', bytes, publicKey, Buffer.from(signature64, 'base64'));
	} catch {
		return false;
	}
}

function statementIn({dsseEnvelope}: SignedBundle): Statement | undefined {
	try {
		return readStatement(payloadOf(dsseEnvelope));
	} catch {
		return undefined;
	}
}

function logIdIn({verificationMaterial}: Bundle): Buffer {
	return Buffer.from(verificationMaterial.tlogEntries[0].logId.keyId, 'base64');
}

function step(name: string, passed: boolean, good: string, bad: string): Step {
	return {name, passed, detail: passed ? good : bad};
}

function failed(name: string, detail: string): Step {
	return {name, passed: false, detail};
}
