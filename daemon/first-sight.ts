import type {Bundle} from '../policies/bundle.ts';
import type {BuildGate} from '../proto/build-gate.ts';
import {type BuildRecord, MAX_BUILD_RECORD_BYTES, readBuildRecord} from '../proto/build-record.ts';
import {type Digest, digestOf} from '../proto/digest.ts';
import {paths} from '../proto/labels.ts';
import type {Statement} from '../proto/statement.ts';
import {summaryOf, type VerificationSummary} from '../proto/verification-summary.ts';
import {imageSubjects, type Witness} from './attest.ts';
import {buildStatementOf} from './build-gate.ts';
import type {Engine} from './docker/engine.ts';
import type {Promised} from './docker/promise.ts';
import type {Target} from './docker/target.ts';
import {DaemonError, reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {Subject} from './probes/probe.ts';

/** What is needed to attest a build. */
export interface FirstSightParts {
	readonly engine: Pick<Engine, 'readFile'>;
	readonly bundle: Bundle;
	readonly witness: Witness;
	/** Whether the log holds a build attestation of this image already. */
	readonly isAttested: (image: Digest) => Promise<boolean>;
	/** Signs a statement and puts it into the log. */
	readonly record: (
		statement: Statement<BuildGate> | Statement<VerificationSummary>,
	) => Promise<{readonly digest: Digest}>;
	readonly report: Report;
}

type Kept = Extract<Promised, {readonly state: 'kept'}>;

/** Images that were looked at, at most; the oldest is forgotten, and then looked up in the log again. */
const MAX_KNOWN = 10_000;

/**
 * At the first sight of an image, reads the build gate's record out of it, judges it anew by this host's own policy, and
 * signs the outcome. Never throws: an image that cannot be attested is left to the probe that asks for its attestation.
 */
export function firstSight(
	parts: FirstSightParts,
): (subject: Pick<Subject, 'target' | 'promised'>, signal: AbortSignal) => Promise<void> {
	// Ten containers of one image start at once: the first one's look serves them all.
	const looks = new Map<Digest, Promise<void>>();
	return ({target, promised}, signal) => {
		const {digest} = target.image;
		if (promised.state !== 'kept' || promised.contract.record === undefined) {
			return Promise.resolve();
		}

		const look =
			looks.get(digest) ??
			attest(parts, target, promised, signal).catch((error: unknown) => {
				looks.delete(digest);
				const image = target.image.reference;
				parts.report('BUILD_NOT_ATTESTED', {image, digest, reason: reasonOf(error)});
			});
		remember(looks, digest, look);
		return look;
	};
}

async function attest(
	parts: FirstSightParts,
	target: Target,
	promised: Kept,
	signal: AbortSignal,
): Promise<void> {
	const {reference, digest} = target.image;
	if (!(await parts.isAttested(digest))) {
		const {record, recordDigest} = await readRecord(parts.engine, target, promised, signal);
		const documents = {record, recordDigest, contractDigest: promised.digest};
		const image = {subjects: imageSubjects(target.image), documents};
		const at = new Date();
		const statement = buildStatementOf(image, parts.bundle, parts.witness, at);
		const {digest: envelope} = await parts.record(statement);
		await parts.record(summaryOf(statement, {envelope, image: reference, at}));
		parts.report('BUILD_ATTESTED', {image: reference, digest, verdict: statement.predicate.verdict});
	}
}

function remember(looks: Map<Digest, Promise<void>>, digest: Digest, look: Promise<void>): void {
	if (looks.size >= MAX_KNOWN && !looks.has(digest)) {
		const [oldest] = looks.keys();
		if (oldest !== undefined) {
			looks.delete(oldest);
		}
	}

	looks.set(digest, look);
}

async function readRecord(
	engine: Pick<Engine, 'readFile'>,
	{id}: Target,
	{contract}: Kept,
	signal: AbortSignal,
): Promise<{readonly record: BuildRecord; readonly recordDigest: Digest}> {
	const bytes = await engine.readFile(id, paths.buildRecord, MAX_BUILD_RECORD_BYTES, signal);
	const digest = digestOf(bytes);
	if (digest !== contract.record?.digest) {
		throw new DaemonError(
			'RECORD_ALTERED',
			`${paths.buildRecord} is ${digest}, but the contract says ${contract.record?.digest}`,
		);
	}

	return {record: readBuildRecord(bytes), recordDigest: digest};
}
