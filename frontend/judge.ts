import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, type ControlIdAt, catalogue} from '../policies/catalogue.ts';
import {decide, type Verdict} from '../policies/decide.ts';
import type {Decided} from '../policies/finding.ts';
import type {OwnRule} from '../policies/own-rule.ts';
import {type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {ruleNames} from '../policies/rules/names.ts';
import {type Level, levels, lower, type Setting, tierLevel} from '../policies/setting.ts';
import {printable} from './printable.ts';
import {ignoringOf, type Said} from './rules/ignored.ts';
import type {Tool} from './rules/ignores.ts';
import {rules} from './rules/index.ts';
import {ownFindings} from './rules/own.ts';
import type {Fix, Others, Rule, RuleFinding, Subject} from './rules/rule.ts';
import {withMore} from './rules/subject.ts';
import {type About, waive} from './waive.ts';

/** What one rule found, before anything is decided. */
export interface Found {
	/** Of the catalogue, or `x-…`. */
	readonly rule: string;
	/** The control that it feeds, if any. */
	readonly control?: ControlId | undefined;
	readonly setting: Setting;
	readonly finding: RuleFinding;
	/** What the author says about it in a comment. */
	readonly said?: Said;
}

/** A finding with what the bundle makes of it. */
export interface Judged extends Omit<Decided, 'control' | 'rule'> {
	readonly rule: string;
	/** Absent for a rule that feeds no control. */
	readonly control?: ControlId;
	readonly level: Level;
	/** What would repair it, or did. */
	readonly repair?: {
		readonly title: string;
		readonly isApplied: boolean;
		readonly isOnTrial?: true;
		readonly isForAuthor?: true;
	};
	/** The Dockerfile that we would write, where it is only shown. */
	readonly proposal?: readonly string[];
	/** It failed all the same, and weighs less: the author gave a reason to leave it, on this line. */
	readonly ignored?: {readonly reason: string; readonly line: number};
	/** It would stop builds, and does not before this moment. */
	readonly grace?: {readonly until: string};
	/** How loudly it is told that nobody could look. */
	readonly tells?: Level;
	/** Another tool is told to leave it alone here. That changes nothing. */
	readonly told?: {readonly tool: Tool; readonly line: number; readonly reason?: string};
}

export interface Judgement {
	/** In the order of the catalogue, then of the file. */
	readonly findings: readonly Judged[];
	readonly verdict: Verdict;
}

/** More findings of one rule than this are counted and not listed: they travel in gRPC trailers and terminals. */
const MAX_LISTED = 50;

/** Asks every rule that the bundle has not switched off. @param isAsked leaves out those whose answer is of no use */
export function ask(
	subject: Subject,
	bundle: Bundle,
	isAsked: (rule: RuleId, setting: Setting) => boolean = () => true,
): readonly Found[] {
	const asked = askedRules(bundle).filter(([rule]) => isAsked(rule, bundle.rules[rule]));
	const found = asked
		.filter(([rule]) => rule !== LAST)
		.flatMap(([rule, answer]) => foundBy(rule, answer, subject, bundle));
	// Whether an ignore is of use is seen from what all others found.
	const others: Others = {
		asked: asked.map(([rule]) => rule),
		found: found
			.filter(({finding: {result}}) => result !== 'pass' && result !== 'not-applicable')
			.map(({rule, finding: {place}}) => ({rule, line: place?.line})),
	};
	const last = asked
		.filter(([rule]) => rule === LAST)
		.flatMap(([rule, answer]) => foundBy(rule, answer, withMore(subject, {others}), bundle));
	const own = bundle.own.filter(({level}) => level !== 'off').flatMap(rule => foundByOwn(rule, subject));
	return withWords([...found, ...own, ...unreadCode(subject, asked, bundle), ...last], subject);
}

/** Where not all code was read, no control can be said to hold. */
function unreadCode(
	{unreadFrom: line, file}: Subject,
	asked: readonly (readonly [RuleId, Rule])[],
	bundle: Bundle,
): readonly Found[] {
	if (line === undefined) {
		return [];
	}

	const message = 'There is more code in this file than is read; what begins here was not looked at.';
	const finding: RuleFinding = {result: 'not-evaluated', message, place: {file, line}};
	return asked
		.filter(([rule]) => ruleCatalogue[rule].control !== undefined)
		.map(([rule]) => ({rule, control: ruleCatalogue[rule].control, setting: bundle.rules[rule], finding}));
}

const LAST: RuleId = 'no-stale-ignores';

/** Asks one rule again, of which more is known by now. */
export function askAgain(rule: RuleId, subject: Subject, bundle: Bundle): readonly Found[] {
	return askedRules(bundle)
		.filter(([id]) => id === rule)
		.flatMap(([id, answer]) => foundBy(id, answer, subject, bundle));
}

function foundBy(rule: RuleId, answer: Rule, subject: Subject, bundle: Bundle): readonly Found[] {
	const setting = bundle.rules[rule];
	const {control} = ruleCatalogue[rule];
	return answersOf(rule, () => answer(subject, setting.params)).map(finding => ({
		rule,
		control,
		setting,
		finding,
	}));
}

/** An organisation's own rule has a level and nothing else to set. */
function foundByOwn(rule: OwnRule, subject: Subject): readonly Found[] {
	const setting: Setting = {level: rule.level, fix: 'never', tiers: {}, params: {}};
	return answersOf(rule.id, () => ownFindings(rule, subject)).map(finding => ({
		rule: rule.id,
		control: rule.control,
		setting,
		finding,
	}));
}

/** With what the author says about each in a comment of the Dockerfile. */
function withWords(found: readonly Found[], {ignores, file}: Subject): readonly Found[] {
	if (ignores.length === 0) {
		return found;
	}

	const ignoring = ignoringOf(ignores, ruleNames());
	return found.map(each => {
		const {place} = each.finding;
		const line = place?.file === file ? place.line : undefined;
		return {...each, said: ignoring(each.rule, line)};
	});
}

/** Left alone for a reason. What stops a build is not the author's alone to leave: there an ignore is a request. */
export function isIgnored({setting, finding: {tier, result}, said}: Found): boolean {
	return said?.own !== undefined && result === 'fail' && tierLevel(setting, tier) !== 'error';
}

/**
 * Decides about what was found. A failure that was repaired counts as `fixed`; one that is merely repairable stays a failure.
 * @param repaired the repairs that were made
 * @param about what the waivers that stand beside the bundle are held against
 */
export function judge(
	found: readonly Found[],
	repaired: ReadonlySet<Fix>,
	bundle: Bundle,
	about: About,
): Judgement {
	const {onNotEvaluated} = bundle.terms;
	const judged = found.map(one => judgedOf(one, repaired, onNotEvaluated));
	const byRule = Map.groupBy(waive(judged, bundle, about), ({rule}) => rule);
	const findings = [...byRule.values()].flatMap(listed);
	const asked = new Set([
		...askedRules(bundle).flatMap(([rule]) => ruleCatalogue[rule].control ?? []),
		...bundle.own.flatMap(({control}) => control ?? []),
	]);
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

type Asked = readonly (readonly [RuleId, Rule])[];

/** Thousands of files are judged by one bundle: what it asks is found once, and kept as long as the bundle. */
const askedBy = new WeakMap<Bundle, Asked>();

function askedRules(bundle: Bundle): Asked {
	const known = askedBy.get(bundle);
	if (known !== undefined) {
		return known;
	}

	const all = Object.entries(rules) as readonly [RuleId, Rule][]; // The registry's keys are its type's.
	const asked = all.filter(([id]) => isOn(bundle.rules[id]));
	askedBy.set(bundle, asked);
	return asked;
}

function judgedOf(found: Found, repaired: ReadonlySet<Fix>, onNotEvaluated: Level): Judged {
	const {rule, control, setting, finding: all} = found;
	const {fix, proposal, ...finding} = all;
	const isApplied = fix !== undefined && repaired.has(fix);
	const level = tierLevel(setting, finding.tier);
	const isUnseen = finding.result === 'not-evaluated' || finding.result === 'error';
	return {
		...finding,
		rule,
		...(control === undefined ? {} : {control}),
		result: isApplied ? 'fixed' : finding.result,
		level,
		...(isUnseen ? {tells: lower(level, onNotEvaluated)} : {}),
		...(fix === undefined ? {} : {repair: repairOf(fix, isApplied)}),
		...(proposal === undefined || isApplied ? {} : {proposal}),
		...(finding.result === 'fail' && !isApplied ? {...graceOf(found, level), ...wordsOf(found)} : {}),
	};
}

function repairOf({title, isOnTrial, isForAuthor}: Fix, isApplied: boolean): NonNullable<Judged['repair']> {
	return {
		title,
		isApplied,
		...(isOnTrial === true ? {isOnTrial} : {}),
		...(isForAuthor === true ? {isForAuthor} : {}),
	};
}

/** What is said of a failure that does not weigh its full level yet. */
function graceOf({setting: {grace}}: Found, level: Level): Partial<Judged> {
	return grace === undefined || level !== 'warn' ? {} : {grace};
}

/** What becomes of a failure by the author's own words about it. */
function wordsOf(found: Found): Partial<Judged> {
	const {finding, said: {own, other} = {}} = found;
	const told = other && {
		tool: other.tool,
		line: other.line,
		...(other.reason === undefined ? {} : {reason: other.reason}),
	};
	const shown = told === undefined ? {} : {told};
	if (own === undefined) {
		return shown;
	}

	if (isIgnored(found)) {
		return {...shown, level: 'info', ignored: {reason: own.reason ?? '', line: own.line}};
	}

	const message = `${finding.message} The comment on line ${own.line} asks to leave it; at this level only a signed waiver does that.`;
	return {...shown, message};
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
function answersOf(id: string, answer: () => Iterable<RuleFinding>): readonly RuleFinding[] {
	try {
		return Array.from(answer(), printable);
	} catch (error) {
		const reason = error instanceof Error ? error.name : 'unknown';
		const message = `The rule ${id} broke (${reason}). This is a defect of ours: please report it.`;
		return [{result: 'error', message}];
	}
}
