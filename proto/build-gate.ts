import {type BuildRecord, readBuildRecord, sealBuildRecord} from './build-record.ts';
import {type Digest, digestOf} from './digest.ts';
import {ProtoError} from './error.ts';
import {paths} from './labels.ts';
import {
	type CheckStatement,
	type Counts,
	type Descriptor,
	type DigestSet,
	type PolicyReference,
	predicateTypes,
	type Statement,
	type VerdictWord,
	type Verifier,
	verdicts,
} from './statement.ts';

/**
 * Predicate of `predicateTypes.buildGate`: what the build gate recorded in an image, judged by whoever makes the statement. The
 * record is the frontend's word, carried by the image; a signer vouches for what was read and for the verdict, not for the
 * builder. What a build attaches to the image itself is signed by nobody.
 */
export interface BuildGate {
	readonly verifier: Verifier;
	/** The policy by which the verifier judged. */
	readonly policy: PolicyReference;
	readonly build: {
		readonly frontendVersion: string;
		readonly engine?: {readonly package?: string; readonly version: string};
		/** The policy by which the build gate judged, and what it made of it. */
		readonly policy: PolicyReference;
		readonly approval?: {readonly state: string; readonly by: readonly string[]};
		readonly verdict: VerdictWord;
		/** It was built although findings stop it, for what this ticket says. */
		readonly bypass?: {readonly ticket: string};
		readonly record: Descriptor;
		readonly contract: Descriptor;
		readonly dockerfile: Descriptor;
		/** The text that was built, after repairs. */
		readonly builtDockerfile: Descriptor;
	};
	/** Images from outside, by the digests that the builder resolved. */
	readonly materials: readonly {readonly uri: string; readonly digest?: DigestSet}[];
	readonly proxy?: {readonly image: string; readonly configDigest: DigestSet};
	readonly repairs: BuildRecord['repairs'];
	/** The record itself, as it lies in the image; left out where it is larger than a statement should be. */
	readonly recorded?: BuildRecord;
	/** RFC 3339. Absent in what a build attaches, so that the same build gives the same image. */
	readonly judgedOn?: string;
	readonly verdict: VerdictWord;
	readonly counts: Counts;
	readonly checks: readonly CheckStatement[];
}

/** What a statement says beside the record. */
export interface Judgement {
	readonly verifier: Verifier;
	readonly policy: PolicyReference;
	readonly judgedOn?: Date;
	readonly verdict: VerdictWord;
	readonly counts: Counts;
	readonly checks: readonly CheckStatement[];
}

/** A record of more bytes than this stays in the image alone, and the statement names its digest. */
const MAX_RECORDED_BYTES = 64 * 1024;

/** The two files of an image that a build attestation is about, by the digests of their bytes. */
export interface Documents {
	readonly record: BuildRecord;
	readonly recordDigest: Digest;
	readonly contractDigest: Digest;
}

/** Documents and judgement → predicate. The only place that makes one. */
export function buildGateOf(
	{record, recordDigest, contractDigest}: Documents,
	judgement: Judgement,
): BuildGate {
	const {frontend, engine, policy, dockerfile, bases, proxy, repairs, bypass} = record;
	const {bytes, digest} = sealBuildRecord(record);
	const isTold = digest === recordDigest && bytes.length <= MAX_RECORDED_BYTES;
	const {judgedOn, verifier, policy: judgedBy, verdict, counts, checks} = judgement;
	return {
		verifier,
		policy: judgedBy,
		build: {
			frontendVersion: frontend.version,
			...(engine === undefined ? {} : {engine}),
			policy: {name: policy.name, digest: setOf(policy.digest)},
			...(policy.approval === undefined ? {} : {approval: policy.approval}),
			verdict: record.verdict,
			...(bypass === undefined ? {} : {bypass}),
			record: {name: paths.buildRecord, digest: setOf(recordDigest)},
			contract: {name: paths.contract, digest: setOf(contractDigest)},
			dockerfile: {digest: setOf(dockerfile.digest)},
			builtDockerfile: {digest: setOf(dockerfile.builtDigest)},
		},
		materials: bases.map(base => ({
			uri: base.reference,
			...(base.digest === undefined ? {} : {digest: setOf(base.digest)}),
		})),
		...(proxy === undefined ? {} : {proxy: {image: proxy.image, configDigest: setOf(proxy.configDigest)}}),
		repairs,
		...(isTold ? {recorded: record} : {}),
		...(judgedOn === undefined ? {} : {judgedOn: judgedOn.toISOString()}),
		verdict,
		counts,
		checks,
	};
}

/** What whoever did not make a statement may rely on. */
export interface ReadBuildGate {
	readonly verdict: VerdictWord;
	readonly policy: string;
	readonly ticket: string | undefined;
	readonly record: Digest;
	readonly contract: Digest;
	readonly recorded: BuildRecord | undefined;
}

/**
 * A statement → what it says of a build. Every field that is handed on is checked here, once.
 * @throws {ProtoError} PROTO_BAD_STATEMENT, PROTO_BAD_BUILD_RECORD
 */
export function readBuildGate({predicateType, predicate}: Statement): ReadBuildGate {
	if (predicateType !== predicateTypes.buildGate) {
		throw refused(`is no build attestation but ${predicateType.slice(0, 200)}`);
	}

	const build = fields(predicate['build']);
	const verdict = verdicts.find(word => word === predicate['verdict']) ?? missing('verdict');
	const {name} = fields(predicate['policy']);
	const ticket = build['bypass'] === undefined ? undefined : fields(build['bypass'])['ticket'];
	const record = digestIn(build['record'], 'build.record');
	return {
		verdict,
		policy: typeof name === 'string' && name.length <= 256 ? name : missing('policy'),
		ticket: ticket === undefined || typeof ticket === 'string' ? ticket : missing('build.bypass'),
		record,
		contract: digestIn(build['contract'], 'build.contract'),
		recorded: predicate['recorded'] === undefined ? undefined : recordedIn(predicate['recorded'], record),
	};
}

/** The record that a statement carries must be the one that it names. */
function recordedIn(value: unknown, digest: Digest): BuildRecord {
	const {bytes} = sealBuildRecord(value as BuildRecord); // Only to have its bytes: what it is, is read from them.
	return digestOf(bytes) === digest ? readBuildRecord(bytes) : missing('recorded');
}

function digestIn(value: unknown, name: string): Digest {
	const {sha256} = fields(fields(value)['digest']);
	return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) ? `sha256:${sha256}` : missing(name);
}

function missing(name: string): never {
	throw refused(`has a missing or malformed ${name}`);
}

function refused(what: string): ProtoError {
	return new ProtoError('PROTO_BAD_STATEMENT', `The statement ${what}`);
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** `sha256:…` as in-toto writes it. */
function setOf(digest: Digest): {readonly sha256: string} {
	return {sha256: digest.slice('sha256:'.length)};
}
