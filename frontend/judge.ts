import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, type ControlIdAt, catalogue} from '../policies/catalogue.ts';
import {decide, tierLevel, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {type Level, levels, type Setting} from '../policies/setting.ts';
import {rules} from './rules/index.ts';
import type {Fix, Rule, RuleFinding, Subject} from './rules/rule.ts';

/** What one rule found, before anything is decided. */
export interface Found {
	readonly rule: RuleId;
	readonly setting: Setting;
	readonly finding: RuleFinding;
}

/** A finding with what the bundle makes of it. */
export interface Judged extends Omit<Finding, 'control' | 'rule'> {
	readonly rule: string;
	/** Absent for a rule that feeds no control. */
	readonly control?: ControlId;
	readonly level: Level;
	/** What would repair it, or did. */
	readonly repair?: {readonly title: string; readonly isApplied: boolean};
}

export interface Judgement {
	/** In the order of the catalogue, then of the file. */
	readonly findings: readonly Judged[];
	readonly verdict: Verdict;
}

/** More findings of one rule than this are counted and not listed: they travel in gRPC trailers and terminals. */
const MAX_LISTED = 50;

/** Asks every rule that the bundle has not switched off. */
export function ask(subject: Subject, bundle: Bundle): readonly Found[] {
	return askedRules(bundle).flatMap(([rule, answer]) => {
		const setting = bundle.rules[rule];
		return answersOf(rule, answer, subject, setting).map(finding => ({rule, setting, finding}));
	});
}

/**
 * Decides about what was found. A failure that was repaired counts as `fixed`; one that is merely repairable stays a failure.
 * @param repaired the repairs that were made
 */
export function judge(found: readonly Found[], repaired: ReadonlySet<Fix>, bundle: Bundle): Judgement {
	const byRule = Map.groupBy(found, ({rule}) => rule);
	const findings = [...byRule.values()].flatMap(each => listed(each.map(one => judgedOf(one, repaired))));
	const asked = new Set(askedRules(bundle).flatMap(([rule]) => ruleCatalogue[rule].control ?? []));
	const ofControls = findings.flatMap(({control, ...rest}) =>
		control === undefined ? [] : [{...rest, control}],
	);
	const verdict = decide(
		ofControls,
		buildControls.filter(control => asked.has(control)),
		bundle,
	);
	// What feeds no control stops a build all the same, if the bundle says so.
	const isStopped = findings.some(({result, level}) => result === 'fail' && level === 'error');
	return {findings, verdict: isStopped ? {...verdict, outcome: 'fail'} : verdict};
}

type BuildControl = ControlIdAt<'build'>;

/** Controls that have a rule, in the order of the catalogue. */
const buildControls = Object.entries(catalogue)
	.filter(([, {judgedAt}]) => judgedAt === 'build' || judgedAt === 'both')
	.map(([id]) => id as BuildControl); // The key is one whose entry says so.

function askedRules(bundle: Bundle): readonly (readonly [RuleId, Rule])[] {
	const all = Object.entries(rules) as readonly [RuleId, Rule][]; // The registry's keys are its type's.
	return all.filter(([id]) => isOn(bundle.rules[id]));
}

function judgedOf({rule, setting, finding: {fix, ...finding}}: Found, repaired: ReadonlySet<Fix>): Judged {
	const isApplied = fix !== undefined && repaired.has(fix);
	const {control} = ruleCatalogue[rule];
	return {
		...finding,
		rule,
		...(control === undefined ? {} : {control}),
		result: isApplied ? 'fixed' : finding.result,
		level: tierLevel(setting, finding.tier),
		...(fix === undefined ? {} : {repair: {title: fix.title, isApplied}}),
	};
}

function isOn({level, tiers}: Setting): boolean {
	return level !== 'off' || Object.values(tiers).some(tier => tier !== 'off');
}

/** The weightiest of one rule's findings, in their order; the last one stands for all the rest of them. */
function listed(findings: readonly Judged[]): readonly Judged[] {
	if (findings.length <= MAX_LISTED) {
		return findings;
	}

	const byWeight = findings.toSorted((a, b) => weightOf(b) - weightOf(a));
	const kept = new Set(byWeight.slice(0, MAX_LISTED - 1));
	const [next] = byWeight.slice(MAX_LISTED - 1);
	const rest = findings.length - kept.size;
	const message = `${rest} more findings of this kind are not listed; deal with those that are and look again.`;
	return [
		...findings.filter(finding => kept.has(finding)),
		...(next === undefined ? [] : [{...next, message}]),
	];
}

function weightOf({result, level}: Judged): number {
	return (result === 'fail' ? 10 : 0) + levels.indexOf(level);
}

/** A rule that breaks is a question nobody answered. That is a result of its own, and never a pass. */
function answersOf(id: RuleId, rule: Rule, subject: Subject, {params}: Setting): readonly RuleFinding[] {
	try {
		return [...rule(subject, params)];
	} catch (error) {
		const reason = error instanceof Error ? error.name : 'unknown';
		const message = `The rule ${id} broke (${reason}). This is a defect of ours: please report it.`;
		return [{result: 'error', message}];
	}
}
