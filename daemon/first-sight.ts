import type {Bundle} from '../policies/bundle.ts';
import {isControlId} from '../policies/catalogue.ts';
import {decide, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {type BuildRecord, MAX_BUILD_RECORD_BYTES, readBuildRecord} from '../proto/build-record.ts';
import {type Digest, digestOf} from '../proto/digest.ts';
import {paths} from '../proto/labels.ts';
import {
	type BuildGate,
	predicateTypes,
	type Result,
	STATEMENT_TYPE,
	type Statement,
} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import {checksOf, countsOf, imageSubjects, setOf, type Witness} from './attest.ts';
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
	readonly record: (statement: Statement<BuildGate>) => Promise<unknown>;
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
		const build = await readRecord(parts.engine, target, promised, signal);
		const statement = statementOf(target, promised, build, parts);
		await parts.record(statement);
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
): Promise<BuildRecord> {
	const bytes = await engine.readFile(id, paths.buildRecord, MAX_BUILD_RECORD_BYTES, signal);
	const digest = digestOf(bytes);
	if (digest !== contract.record?.digest) {
		throw new DaemonError(
			'RECORD_ALTERED',
			`${paths.buildRecord} is ${digest}, but the contract says ${contract.record?.digest}`,
		);
	}

	return readBuildRecord(bytes);
}

/**
 * What was recorded, under the policy of this host: levels are ours, results are the build gate's. A control that this
 * version does not know is left out, because nothing is known of what it would mean.
 */
export function judgeAnew({controls, findings}: BuildRecord, bundle: Bundle): Verdict {
	const asked = controls.map(({control}) => control).filter(isControlId);
	const known = findings.flatMap(({control, rule, result, tier}): readonly Finding[] =>
		control === undefined || !isControlId(control)
			? []
			: [
					{
						control,
						rule,
						...counted(result),
						message: `found by ${rule}`,
						...(tier === undefined ? {} : {tier}),
					},
				],
	);
	// What a control was not failed by, it was not: its recorded result stands where no finding is listed.
	const silent = controls.flatMap(({control, result}): readonly Finding[] =>
		isControlId(control) && !known.some(finding => finding.control === control) && result !== 'pass'
			? [{control, ...counted(result), message: 'as the build gate recorded it'}]
			: [],
	);
	return decide([...known, ...silent], asked, bundle);
}

/** A waiver that the build gate accepted is not known to this host, so what it waived counts. */
function counted(result: Result): Pick<Finding, 'result'> {
	return {result: result === 'waived' ? 'fail' : result};
}

function statementOf(
	{image}: Target,
	{contract, digest}: Kept,
	build: BuildRecord,
	{bundle, witness: {hostId, policy}}: FirstSightParts,
): Statement<BuildGate> {
	const verdict = judgeAnew(build, bundle);
	return {
		_type: STATEMENT_TYPE,
		subject: imageSubjects(image),
		predicateType: predicateTypes.buildGate,
		predicate: {
			verifier: {id: 'https://sallyport.dev/verifier/v1', version: VERSION, hostId},
			policy,
			build: {
				frontendVersion: build.frontend.version,
				policy: {name: build.policy.name, digest: setOf(build.policy.digest)},
				verdict: build.verdict,
				record: {name: paths.buildRecord, digest: setOf(contract.record?.digest ?? digest)},
				contract: {name: paths.contract, digest: setOf(digest)},
				dockerfile: {digest: setOf(build.dockerfile.digest)},
				builtDockerfile: {digest: setOf(build.dockerfile.builtDigest)},
			},
			materials: build.bases.map(base => ({
				uri: base.reference,
				...(base.digest === undefined ? {} : {digest: setOf(base.digest)}),
			})),
			...(build.proxy === undefined
				? {}
				: {proxy: {image: build.proxy.image, configDigest: setOf(build.proxy.configDigest)}}),
			repairs: build.repairs,
			judgedOn: new Date().toISOString(),
			verdict: verdict.outcome,
			counts: countsOf(verdict.counts),
			checks: verdict.checks.flatMap(checksOf),
		},
	};
}
