import type {Bundle} from './bundle.ts';
import type {ControlId} from './catalogue.ts';
import type {Decided, Outcome} from './finding.ts';
import {isRuleId} from './rules/index.ts';
import {type Level, tierLevel} from './setting.ts';

/** One control, judged. `level` is what the bundle makes of it: the highest level among its findings that failed or could not be looked at. */
export interface Check {
	readonly control: ControlId;
	readonly result: Outcome;
	readonly level: Level;
	readonly findings: readonly Decided[];
}

/** What a bundle makes of findings. `incomplete` is not a pass: a required control could not be looked at. */
export interface Verdict {
	readonly outcome: 'pass' | 'fail' | 'incomplete';
	readonly checks: readonly Check[];
	readonly counts: Readonly<Record<Outcome, number>>;
}

/** From worst to best: a control is as good as its worst finding, and a failed look outweighs everything. */
export const worstFirst: readonly Outcome[] = [
	'error',
	'fail',
	'not-evaluated',
	'waived',
	'fixed',
	'pass',
	'not-applicable',
];
const rank: Readonly<Record<Level, number>> = {off: 0, info: 1, warn: 2, error: 3};

/**
 * Judges controls under a bundle. A control of `judged` without a finding has passed; one whose level is `off` is left out.
 * @param judged every control that was asked about, so that silence counts as a pass only for these
 */
export function decide(findings: readonly Decided[], judged: readonly ControlId[], bundle: Bundle): Verdict {
	const checks = judged
		.map(control =>
			checkOf(
				control,
				findings.filter(finding => finding.control === control),
				bundle,
			),
		)
		.filter(check => check.level !== 'off');
	return {outcome: outcomeOf(checks, bundle), checks, counts: count(checks)};
}

/** The level of one finding: its own, or its tier's, where the bundle names the tier, else its rule's or control's. */
export function levelOf(
	{control, rule, tier, level}: Pick<Decided, 'control' | 'rule' | 'tier' | 'level'>,
	bundle: Bundle,
): Level {
	return (
		level ??
		tierLevel(rule !== undefined && isRuleId(rule) ? bundle.rules[rule] : bundle.settings[control], tier)
	);
}

function checkOf(control: ControlId, findings: readonly Decided[], bundle: Bundle): Check {
	const result = worstFirst.find(outcome => findings.some(finding => finding.result === outcome)) ?? 'pass';
	// What could not be looked at weighs as much as what failed: beside a small failure it must not get lighter.
	const open = findings
		.filter(finding => finding.result === 'fail' || isUnseen(finding.result))
		.map(finding => levelOf(finding, bundle));
	const level = open.toSorted((a, b) => rank[b] - rank[a])[0] ?? bundle.settings[control].level;
	return {control, result, level, findings};
}

function outcomeOf(checks: readonly Check[], bundle: Bundle): Verdict['outcome'] {
	const required = checks
		.flatMap(({findings}) => findings)
		.filter(finding => levelOf(finding, bundle) === 'error');
	if (required.some(({result}) => result === 'fail')) {
		return 'fail';
	}

	return required.some(({result}) => isUnseen(result)) ? 'incomplete' : 'pass';
}

function isUnseen(result: Outcome): boolean {
	return result === 'error' || result === 'not-evaluated';
}

function count(checks: readonly Check[]): Verdict['counts'] {
	const counts: Record<Outcome, number> = {
		pass: 0,
		fail: 0,
		fixed: 0,
		waived: 0,
		'not-applicable': 0,
		'not-evaluated': 0,
		error: 0,
	};
	for (const {result} of checks) {
		counts[result] += 1;
	}

	return counts;
}
