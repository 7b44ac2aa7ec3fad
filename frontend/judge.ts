import {type Bundle, type Level, levels, type Setting} from '../policies/bundle.ts';
import type {ControlIdAt} from '../policies/catalogue.ts';
import {decide, levelOf, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {rules} from './rules/index.ts';
import type {Fix, RuleFinding, Subject} from './rules/rule.ts';

/** A finding with what the bundle makes of it. */
export interface Judged extends Finding {
	readonly control: BuildControl;
	readonly level: Level;
	/** What would repair it, or did. */
	readonly repair?: {readonly title: string; readonly isApplied: boolean};
}

export interface Judgement {
	/** In the order of the catalogue, then of the file. */
	readonly findings: readonly Judged[];
	/** The repairs that the bundle wants made. */
	readonly fixes: readonly Fix[];
	readonly verdict: Verdict;
}

export type BuildControl = ControlIdAt<'build'>;

/** Controls that have a rule, in the order of the registry. */
export const buildControls = Object.keys(rules) as readonly BuildControl[]; // The registry's keys are its type's.

/** More findings of one control than this are counted and not listed: they travel in gRPC trailers and terminals. */
const MAX_LISTED = 50;

/**
 * Asks every rule that the bundle has not switched off, and chooses the repairs that the bundle wants made. A failure that
 * is repaired counts as `fixed`; one that is merely repairable stays a failure.
 */
export function judge(subject: Subject, bundle: Bundle): Judgement {
	const asked = buildControls
		.filter(control => isOn(bundle.settings[control]))
		.map(control => ask(control, subject).map(finding => choose(control, finding, bundle)));
	const findings = asked.flatMap(chosen => listed(chosen.map(({judged}) => judged)));
	return {
		findings,
		fixes: asked.flat().flatMap(({fix}) => (fix === undefined ? [] : [fix])),
		verdict: decide(findings, buildControls, bundle),
	};
}

function choose(
	control: BuildControl,
	{fix, ...finding}: RuleFinding,
	bundle: Bundle,
): {readonly judged: Judged; readonly fix: Fix | undefined} {
	const isApplied = fix !== undefined && finding.result === 'fail' && bundle.settings[control].fix === 'auto';
	const judged: Judged = {
		...finding,
		control,
		result: isApplied ? 'fixed' : finding.result,
		level: levelOf({...finding, control}, bundle),
		...(fix === undefined ? {} : {repair: {title: fix.title, isApplied}}),
	};
	return {judged, fix: isApplied ? fix : undefined};
}

function isOn({level, tiers}: Setting): boolean {
	return level !== 'off' || Object.values(tiers).some(tier => tier !== 'off');
}

/** The weightiest of one control's findings, in their order; the last one stands for all the rest of them. */
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

/** A rule that breaks is a control nobody looked at. That is a result of its own, and never a pass. */
function ask(control: BuildControl, subject: Subject): readonly RuleFinding[] {
	try {
		return [...rules[control](subject)];
	} catch (error) {
		const reason = error instanceof Error ? error.name : 'unknown';
		const message = `The rule ${control} broke (${reason}). This is a defect of ours: please report it.`;
		return [{result: 'error', message}];
	}
}
