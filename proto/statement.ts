import {ProtoError} from './error.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** What our statements say. A type is never changed in meaning: a new meaning takes a new version. */
export const predicateTypes = {
	buildGate: 'https://sallyport.dev/attestation/build-gate/v1',
	runtimeVerification: 'https://sallyport.dev/attestation/runtime-verification/v1',
	coverage: 'https://sallyport.dev/attestation/coverage/v1',
	delivery: 'https://sallyport.dev/attestation/delivery/v1',
	alertTest: 'https://sallyport.dev/attestation/alert-test/v1',
	containment: 'https://sallyport.dev/attestation/containment/v1',
	acknowledgement: 'https://sallyport.dev/attestation/acknowledgement/v1',
	/** SLSA's own, and its meaning is theirs. */
	verificationSummary: 'https://slsa.dev/verification_summary/v1',
} as const;

/** The seven results of a check, in the wire's spelling. Only `pass` and `fixed` are positive. */
export const results = [
	'pass',
	'fail',
	'fixed',
	'waived',
	'not-applicable',
	'not-evaluated',
	'error',
] as const;

export type Result = (typeof results)[number];

/** `incomplete` is never a pass: something that had to be looked at could not be. */
export const verdicts = ['pass', 'fail', 'incomplete'] as const;
export type VerdictWord = (typeof verdicts)[number];

/** in-toto DigestSet: algorithm → lower-case hex, without the algorithm's prefix. */
export type DigestSet = Readonly<Record<string, string>>;

/**
 * What a statement is about. Every digest of one set MUST describe the same object, so a container is a subject of its
 * own (`dockerContainerId`), never an extra digest of its image. At least one subject MUST carry a sha256: cosign 2.5
 * refuses a statement without.
 */
export interface Subject {
	readonly name: string;
	readonly uri?: string;
	readonly digest: DigestSet;
	readonly annotations?: {readonly digestKind: 'oci-manifest' | 'oci-index' | 'oci-config' | 'container'};
}

export interface Statement<P = Readonly<Record<string, unknown>>> {
	readonly _type: typeof STATEMENT_TYPE;
	readonly subject: readonly Subject[];
	readonly predicateType: string;
	readonly predicate: P;
}

export interface Descriptor {
	readonly digest: DigestSet;
	readonly name?: string;
	readonly uri?: string;
	readonly mediaType?: string;
	readonly predicateType?: string;
}

/** One control as it was judged. */
export interface CheckStatement {
	readonly control: string;
	readonly result: Result;
	readonly severity: 'critical' | 'high' | 'medium' | 'low';
	/** What the bundle made of it: only `error` decides the verdict. */
	readonly level: 'info' | 'warn' | 'error';
	/** Ids of the Trust Services Criteria that the control supports. */
	readonly criteria: readonly string[];
	readonly message?: string;
	readonly expected?: string;
	/** Redacted and short: no cookies, no Authorization, no values of the environment. */
	readonly observed?: unknown;
	/** Such as `tcp/172.17.0.2:8443`. */
	readonly endpoint?: string;
	readonly sni?: string;
	/** RFC 3339, UTC. */
	readonly at?: string;
	readonly durationMs?: number;
	readonly evidence?: Descriptor;
	/**
	 * What was found, for who wants to judge it again: absent where one finding with this check's own result, untiered and at
	 * the policy's level for the control, is all there was.
	 */
	readonly findings?: readonly FindingStatement[];
	/** The run of failing observations that this one belongs to, or ends. */
	readonly episode?: EpisodeStatement;
}

/** What a policy needs to know of a finding to judge it, and no more. */
export interface FindingStatement {
	readonly result: Result;
	readonly tier?: string;
	readonly level?: 'off' | 'info' | 'warn' | 'error';
	/** What a waiver changed, and which. */
	readonly raw?: 'fail' | 'not-evaluated' | 'error';
	readonly waiver?: {readonly id: string; readonly until: string};
}

/** A run of failing observations of one control at one container, as it stood when the statement was made. */
export interface EpisodeStatement {
	readonly id: string;
	readonly openedAt: string;
	readonly lastSeenAt: string;
	readonly observations: number;
	readonly acknowledged?: {readonly at: string; readonly by: string; readonly reason: string};
	readonly closedAt?: string;
	readonly closedBy?: 'recovered' | 'stopped' | 'waived';
	readonly durationMs?: number;
}

/** How many checks ended how. Field names as in-toto wants them, without hyphens. */
export interface Counts {
	readonly pass: number;
	readonly fail: number;
	readonly fixed: number;
	readonly waived: number;
	readonly notApplicable: number;
	readonly notEvaluated: number;
	readonly error: number;
}

/** Counts of a verdict, by result → those of a statement. */
export function countsOf(counts: Readonly<Record<Result, number>>): Counts {
	const {'not-applicable': notApplicable, 'not-evaluated': notEvaluated, ...rest} = counts;
	const {pass, fail, fixed, waived, error} = rest;
	return {pass, fail, fixed, waived, notApplicable, notEvaluated, error};
}

export interface Verifier {
	readonly id: 'https://sallyport.dev/verifier/v1' | 'https://sallyport.dev/frontend/v1';
	readonly version: string;
	/** `urn:uuid:…` of the host that looked. */
	readonly hostId?: string;
}

export interface PolicyReference {
	readonly name: string;
	readonly version?: string;
	readonly uri?: string;
	readonly digest: DigestSet;
}

/** Predicate of `predicateTypes.runtimeVerification`: what one container was seen to do, once. */
export interface RuntimeVerification {
	readonly verifier: Verifier;
	readonly policy: PolicyReference;
	readonly target: {
		/** 64 hex digits. */
		readonly containerId: string;
		readonly name: string;
		readonly image: string;
		readonly startedAt?: string;
		readonly labelsDigest?: DigestSet;
		/** The contract baked into the image, when there is one. */
		readonly contract?: Descriptor;
		readonly buildAttestations?: readonly Descriptor[];
	};
	readonly trigger: string;
	readonly startedOn: string;
	readonly finishedOn: string;
	readonly validUntil: string;
	readonly verdict: VerdictWord;
	readonly counts: Counts;
	readonly checks: readonly CheckStatement[];
	/** The container's statement before this one: a chain that holds without the log. */
	readonly previous?: {readonly envelopeDigest: DigestSet};
	/** Of versions before episodes belonged to controls; nobody writes it any more. */
	readonly episode?: {
		readonly id: string;
		readonly state: 'open' | 'closed';
		readonly firstFailAt?: string;
		readonly observations: number;
		readonly lastObservedAt: string;
	};
}

/** Predicate of `predicateTypes.coverage`: what was looked at and what was not, so that silence means something. */
export interface Coverage {
	readonly verifier: Verifier;
	readonly policy: PolicyReference;
	readonly startedOn: string;
	readonly finishedOn: string;
	readonly containers: {readonly seen: number; readonly verified: number; readonly skipped: number};
	readonly skipped: readonly {
		readonly containerId: string;
		readonly name: string;
		readonly image: string;
		readonly reason: string;
	}[];
	/** Looks that were due, and those that were made. */
	readonly looks?: {readonly due: number; readonly made: number};
	/** Controls at containers, at the end: judged by a look that is fresh, by none that is, or by a probe that is not believed. */
	readonly controls?: {readonly evaluated: number; readonly stale: number; readonly doubted: number};
	/** Stretches in which the engine's events were not heard. */
	readonly gaps: readonly {readonly from: string; readonly to: string; readonly reason: string}[];
	readonly logSize: number;
}

/** Largest payload that is read, in bytes. A statement of all checks is a hundredth of it. */
export const MAX_STATEMENT_BYTES = 1024 * 1024;

// Made once: making one costs more than decoding a statement with it, and it keeps nothing between two.
const utf8 = new TextDecoder('utf-8', {fatal: true});

/**
 * Payload bytes → Statement. Checks the frame that every consumer relies on; a predicate of an unknown type is kept as it is.
 * @throws {ProtoError} PROTO_BAD_STATEMENT
 */
export function readStatement(bytes: Uint8Array): Statement {
	if (bytes.length > MAX_STATEMENT_BYTES) {
		throw refused(`is larger than ${MAX_STATEMENT_BYTES} bytes`);
	}

	let value: unknown;
	try {
		value = JSON.parse(utf8.decode(bytes));
	} catch (cause) {
		throw refused('is not JSON', cause);
	}

	if (!isRecord(value) || value['_type'] !== STATEMENT_TYPE) {
		throw refused(`does not have the _type ${STATEMENT_TYPE}`);
	}

	if (typeof value['predicateType'] !== 'string' || value['predicateType'] === '') {
		throw refused('has no predicateType');
	}

	if (!isRecord(value['predicate'])) {
		throw refused('has no predicate');
	}

	const subjects = value['subject'];
	if (!Array.isArray(subjects) || subjects.length === 0 || !subjects.every(isSubject)) {
		throw refused('has no subject, or a subject without a name and a digest of lower-case hex');
	}

	return value as unknown as Statement; // Its frame was checked above, and the predicate is typed as unknown.
}

function isSubject(value: unknown): value is Subject {
	if (!isRecord(value) || typeof value['name'] !== 'string' || !isRecord(value['digest'])) {
		return false;
	}

	const digests = Object.values(value['digest']);
	return (
		digests.length > 0 && digests.every(digest => typeof digest === 'string' && /^[0-9a-f]+$/.test(digest))
	);
}

function refused(what: string, cause?: unknown): ProtoError {
	return new ProtoError('PROTO_BAD_STATEMENT', `The payload ${what}, so it is not an in-toto statement`, {
		cause,
	});
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
