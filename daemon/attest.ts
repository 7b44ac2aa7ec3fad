import {type ControlId, catalogue} from '../policies/catalogue.ts';
import type {Check, Verdict} from '../policies/decide.ts';
import type {Decided} from '../policies/finding.ts';
import type {Digest} from '../proto/digest.ts';
import {
	type CheckStatement,
	countsOf,
	type EpisodeStatement,
	type FindingStatement,
	type PolicyReference,
	predicateTypes,
	type RuntimeVerification,
	STATEMENT_TYPE,
	type Statement,
	type Subject as StatementSubject,
} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import type {Promised} from './docker/promise.ts';
import type {Target} from './docker/target.ts';
import type {Episode} from './episode.ts';
import type {Known} from './memory.ts';

/** One look at one container, and what became of it. */
export interface Observation {
	readonly target: Known;
	readonly promised: Promised;
	readonly verdict: Verdict;
	readonly trigger: string;
	readonly startedOn: Date;
	readonly finishedOn: Date;
	/** Until when the next look is due; an older statement proves nothing about now. */
	readonly validUntil: Date;
	readonly previous: Digest | undefined;
	/** When a control was looked at, where that was in an earlier look. */
	readonly seenAt?: (control: ControlId) => Date | undefined;
	readonly episodeOf?: (control: ControlId) => Episode | undefined;
}

/** Whose word a statement is, and by which rules. */
export interface Witness {
	/** `urn:uuid:…` */
	readonly hostId: string;
	readonly policy: PolicyReference;
}

/** Inner values → the signed shape. The only place that knows both, so policies may change and records need not. */
export function statementOf(seen: Observation, {hostId, policy}: Witness): Statement<RuntimeVerification> {
	const {target, promised, verdict} = seen;
	return {
		_type: STATEMENT_TYPE,
		subject: subjectsOf(target),
		predicateType: predicateTypes.runtimeVerification,
		predicate: {
			verifier: {id: 'https://sallyport.dev/verifier/v1', version: VERSION, hostId},
			policy,
			target: {
				containerId: target.id,
				name: target.name,
				image: target.image.reference,
				startedAt: target.startedAt.toISOString(),
				labelsDigest: setOf(target.labelsDigest),
				...(promised.state === 'kept' && {contract: {digest: setOf(promised.digest)}}),
			},
			trigger: seen.trigger,
			startedOn: seen.startedOn.toISOString(),
			finishedOn: seen.finishedOn.toISOString(),
			validUntil: seen.validUntil.toISOString(),
			verdict: verdict.outcome,
			counts: countsOf(verdict.counts),
			checks: verdict.checks.flatMap(check => checksOf(check).map(each => inTime(each, check, seen))),
			...(seen.previous && {previous: {envelopeDigest: setOf(seen.previous)}}),
		},
	};
}

/** The image by every digest the engine knows it by, and the container as a subject of its own. */
function subjectsOf({id, name, image}: Known): readonly StatementSubject[] {
	return [
		...imageSubjects(image),
		{name: `container/${name}`, digest: {dockerContainerId: id}, annotations: {digestKind: 'container'}},
	];
}

/** An image by every digest the engine knows it by. */
export function imageSubjects(image: Target['image']): readonly StatementSubject[] {
	const {reference, digest, manifest} = image;
	const platform: readonly StatementSubject[] =
		manifest === undefined || manifest === digest
			? []
			: [{name: `${reference}#platform`, digest: setOf(manifest), annotations: {digestKind: 'oci-manifest'}}];
	const kind = manifest === undefined ? 'oci-config' : manifest === digest ? 'oci-manifest' : 'oci-index';
	return [{name: reference || 'image', digest: setOf(digest), annotations: {digestKind: kind}}, ...platform];
}

/** A check with the level `off` was not asked for, and is not said to have been. */
export function checksOf({control, result, level, findings}: Check): readonly CheckStatement[] {
	if (level === 'off') {
		return [];
	}

	const {severity, criteria} = catalogue[control];
	// The findings that decided speak; what the others saw stands beside it.
	const deciding = findings.filter(finding => finding.result === result);
	const message = [...new Set(deciding.map(finding => finding.message))].join('. ');
	const expected = deciding.find(finding => finding.expected !== undefined)?.expected;
	const observed = findings.map(finding => finding.observed).filter(each => each !== undefined);
	return [
		{
			control,
			result,
			severity,
			level,
			criteria,
			...(message !== '' && {message: message.slice(0, 1024).toWellFormed()}),
			...(expected !== undefined && {expected}),
			...(observed.length > 0 && {observed: observed.length === 1 ? observed[0] : observed}),
		},
	];
}

/** What the verdict was made of, where the result alone does not say it: so that it can be made again. */
function inputsOf(result: Check['result'], findings: readonly Decided[]): Pick<CheckStatement, 'findings'> {
	const inputs = new Map<string, FindingStatement>();
	for (const {result: each, tier, level, raw, waiver} of findings) {
		const input = {
			result: each,
			...(tier !== undefined && {tier}),
			...(level !== undefined && {level}),
			...(raw !== undefined && {raw}),
			...(waiver !== undefined && {waiver}),
		};
		inputs.set(JSON.stringify(input), input);
	}

	const isPlain = inputs.size === 0 || (inputs.size === 1 && inputs.has(JSON.stringify({result})));
	return isPlain ? {} : {findings: [...inputs.values()]};
}

/** What a container's check says beyond an image's: what it was made of, when it was seen, and the episode that it is part of. */
function inTime(
	statement: CheckStatement,
	{control, result, findings}: Check,
	{seenAt, episodeOf}: Observation,
): CheckStatement {
	const at = seenAt?.(control);
	const episode = episodeOf?.(control);
	return {
		...statement,
		...inputsOf(result, findings),
		...(at !== undefined && {at: at.toISOString()}),
		...(episode !== undefined && {episode: episodeStatement(episode)}),
	};
}

function episodeStatement(episode: Episode): EpisodeStatement {
	const {id, openedAt, lastSeenAt, observations, acknowledged, closedAt, closedBy} = episode;
	return {
		id,
		openedAt,
		lastSeenAt,
		observations,
		...(acknowledged !== undefined && {acknowledged}),
		...(closedAt !== undefined && {closedAt, durationMs: Date.parse(closedAt) - Date.parse(openedAt)}),
		...(closedBy !== undefined && {closedBy}),
	};
}

/** `sha256:…` as in-toto writes it. */
export function setOf(digest: Digest): {readonly sha256: string} {
	return {sha256: digest.slice('sha256:'.length)};
}
