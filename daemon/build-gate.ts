import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, isControlId} from '../policies/catalogue.ts';
import {decide, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {type BuildGate, buildGateOf, type Documents} from '../proto/build-gate.ts';
import type {BuildRecord} from '../proto/build-record.ts';
import {
	countsOf,
	predicateTypes,
	type Result,
	STATEMENT_TYPE,
	type Statement,
	type Subject,
} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import {checksOf, type Witness} from './attest.ts';

/** What was read out of an image, by whoever asks. */
export interface BuiltImage {
	readonly subjects: readonly Subject[];
	readonly documents: Documents;
}

/** Judges what an image says of its build, and writes down the outcome. The daemon and the release job say it the same way. */
export function buildStatementOf(
	{subjects, documents}: BuiltImage,
	bundle: Bundle,
	{hostId, policy}: Omit<Witness, 'hostId'> & {readonly hostId?: string},
	judgedOn: Date,
): Statement<BuildGate> {
	const verdict = judgeAnew(documents.record, bundle);
	return {
		_type: STATEMENT_TYPE,
		subject: subjects,
		predicateType: predicateTypes.buildGate,
		predicate: buildGateOf(documents, {
			verifier: {
				id: 'https://sallyport.dev/verifier/v1',
				version: VERSION,
				...(hostId === undefined ? {} : {hostId}),
			},
			policy,
			judgedOn,
			verdict: verdict.outcome,
			counts: countsOf(verdict.counts),
			checks: verdict.checks.flatMap(checksOf),
		}),
	};
}

/**
 * What was recorded, under the policy of this host: levels are ours, results are the build gate's. A control that this
 * version does not know is left out, because nothing is known of what it would mean. Break-glass never passes, however mild the
 * policy of this host is.
 */
export function judgeAnew(record: BuildRecord, bundle: Bundle): Verdict {
	const {controls, findings, bypass} = record;
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
	const emergencies = emergenciesIn(record);
	const all = new Set<ControlId>([...asked, ...emergencies.map(({control}) => control)]);
	const verdict = decide([...known, ...silent, ...emergencies], [...all], bundle);
	return bypass === undefined ? verdict : {...verdict, outcome: 'fail'};
}

/** What was passed over for this image, and for those that it is built from. */
function emergenciesIn({bypass, bases}: BuildRecord): readonly Finding[] {
	const own =
		bypass === undefined
			? []
			: [`Findings stopped this build, and it was built all the same for ${bypass.ticket}`];
	const inherited = bases.flatMap(({reference, ticket}) =>
		ticket === undefined ? [] : [`${reference} was built by break-glass for ${ticket}`],
	);
	return [...own, ...inherited].map(message => ({control: 'chg-emergency', result: 'fail', message}));
}

/** A waiver that the build gate accepted is not known to this host, so what it waived counts. */
function counted(result: Result): Pick<Finding, 'result'> {
	return {result: result === 'waived' ? 'fail' : result};
}
