import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, catalogue} from '../policies/catalogue.ts';
import type {Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {digestOf} from '../proto/digest.ts';
import {
	type CheckStatement,
	countsOf,
	type FindingStatement,
	type RuntimeVerification,
	type Statement,
} from '../proto/statement.ts';
import type {Target} from './docker/target.ts';
import {verdictOf} from './judge.ts';

export interface Replayed {
	readonly verdict: Verdict;
	/** In what the statement says something else than the same policy makes of the same findings; empty is the promise. */
	readonly differences: readonly string[];
}

/**
 * Judges what a statement recorded once more, by a policy that stands as it stood then: bundle, approval and waivers. The same
 * findings at the same moment give the same verdict, counts and levels, or the statement is not what it says it is.
 */
export function replay({subject, predicate}: Statement<RuntimeVerification>, bundle: Bundle): Replayed {
	const controls = predicate.checks.map(({control}) => control).filter(isControl);
	const findings = predicate.checks.flatMap(rawFindings);
	const at = new Date(predicate.startedOn);
	const verdict = verdictOf(findings, controls, imageOf(subject), bundle, at);
	return {verdict, differences: [...differencesOf(predicate, verdict, bundle)]};
}

function* differencesOf(
	predicate: RuntimeVerification,
	verdict: Verdict,
	bundle: Bundle,
): Generator<string, void, undefined> {
	const policy = digestOf(canonicalJson(bundle.document));
	if (`sha256:${predicate.policy.digest['sha256']}` !== policy) {
		yield `The statement was made by another policy than ${bundle.name} (${policy})`;
	}

	if (predicate.verdict !== verdict.outcome) {
		yield `The statement says ${predicate.verdict}, and the policy makes ${verdict.outcome} of it`;
	}

	const counts = countsOf(verdict.counts);
	if (canonicalJson(counts) !== canonicalJson(predicate.counts)) {
		yield `The statement counts ${canonicalJson(predicate.counts)}, and the policy ${canonicalJson(counts)}`;
	}

	const replayed = new Map<string, Verdict['checks'][number]>(
		verdict.checks.map(check => [check.control, check]),
	);
	for (const {control, result, level} of predicate.checks) {
		const again = replayed.get(control);
		if (again?.result !== result || again.level !== level) {
			yield `${control}: the statement says ${result} at ${level}, and the policy ${again?.result ?? 'nothing'} at ${again?.level ?? 'off'}`;
		}
	}
}

/** What probes said, before waivers: those are laid over it anew. */
function rawFindings({control, result, findings = [{result}]}: CheckStatement): readonly Finding[] {
	return isControl(control) ? findings.map(finding => rawFinding(control, finding)) : [];
}

function rawFinding(control: ControlId, {result, raw, tier, level}: FindingStatement): Finding {
	return {
		control,
		result: raw ?? (result === 'waived' ? 'fail' : result),
		message: '',
		...(tier !== undefined && {tier}),
		...(level !== undefined && {level}),
	};
}

function imageOf(subjects: Statement['subject']): Target['image'] {
	const digests = subjects.flatMap(({digest}): readonly `sha256:${string}`[] =>
		digest['sha256'] === undefined ? [] : [`sha256:${digest['sha256']}`],
	);
	const [digest = `sha256:${'0'.repeat(64)}`, manifest] = digests;
	return {reference: subjects[0]?.name ?? '', digest, manifest};
}

function isControl(control: string): control is ControlId {
	return Object.hasOwn(catalogue, control);
}
