import {catalogue} from '../policies/catalogue.ts';
import type {Outcome} from '../policies/finding.ts';
import type {Judged, Judgement} from './judge.ts';
import {broken, failures, fixed, type Kind, waived} from './kinds.ts';
import {paint, type Style, wrap} from './paint.ts';
import {supportOf} from './rules/describe.ts';

export interface Report extends Pick<Judgement, 'findings' | 'verdict'> {
	/** Choices that were made for the author, as sentences. */
	readonly notes: readonly string[];
}

export interface Look {
	readonly isColored: boolean;
	/** Columns to fill. */
	readonly width: number;
}

/** For a text that is read by anything. */
export const plain: Look = {isColored: false, width: 100};

// In the order in which they are shown; what is not here (passed, not applicable) is only counted.
const kinds: Readonly<Record<string, Kind>> = {
	'fail error': failures.error,
	'error error': broken,
	'error warn': broken,
	'fail warn': failures.warn,
	'fail info': failures.info,
	fixed,
	waived,
};
const order = Object.keys(kinds);

/** Findings for a terminal: the weightiest first, each with its place, what to do, and the criteria it supports evidence for. */
export function reportText({findings, verdict, notes}: Report, look: Look = plain): string {
	const shown = findings
		.map(finding => ({finding, key: keyOf(finding)}))
		.filter(({key}) => kinds[key] !== undefined)
		.toSorted((a, b) => order.indexOf(a.key) - order.indexOf(b.key) || lineOf(a.finding) - lineOf(b.finding));
	const blocks = shown.map(({finding, key}) => blockOf(finding, kinds[key], look));
	const told = notes.map(note => wrap(note, look.width - 2, '  ').replace(/^ /, paint('›', 'cyan', look)));
	return [...blocks, ...told, ...unseenOf(findings, look), summaryOf(findings, verdict.counts, look)].join(
		'\n\n',
	);
}

/** What could not be looked at, in one paragraph: it is no pass, and mostly nothing that the author could change. */
function unseenOf(findings: readonly Judged[], look: Look): readonly string[] {
	const rules = findings.filter(({result}) => result === 'not-evaluated').map(({rule}) => rule);
	const text = `Not evaluated, which is no pass: ${[...new Set(rules)].join(', ')}.`;
	return rules.length === 0 ? [] : [wrap(text, look.width - 2, '  ').replace(/^ /, paint('?', 'dim', look))];
}

/** The same as data: stable keys, for programs. */
export function reportJson({findings, verdict, notes}: Report): unknown {
	return {
		outcome: verdict.outcome,
		counts: verdict.counts,
		controls: verdict.checks.map(({control, result, level}) => ({
			control,
			result,
			level,
			supports: catalogue[control].criteria,
		})),
		findings,
		notes,
	};
}

function blockOf(finding: Judged, kind: Kind | undefined, look: Look): string {
	const {rule, control, place, message, repair} = finding;
	const {mark = '', word = '', style = 'dim'} = kind ?? {};
	const where = place === undefined ? '' : `${place.file}:${place.line}`;
	const head = [
		paint(`${mark} ${word}`, style, look),
		paint(where, 'bold', look),
		rule,
		paint(supportOf(control), 'dim', look),
	];
	const made = repair?.isOnTrial === true ? 'kept if the result starts' : 'done';
	const done = repair?.isApplied === true ? made : waysOf(finding);
	const body = [
		message,
		...(repair === undefined ? [] : [`→ ${repair.title} (${done})`]),
		...wordsOf(finding).map(text => `○ ${text}`),
	].map(text => wrap(text, look.width - 4, '    '));
	return [head.filter(part => part !== '').join('  '), ...body, ...proposed(finding)].join('\n');
}

function waysOf({rule, repair}: Judged): string {
	return repair?.isForAuthor === true
		? `can be done in the file, for you to look at: sallyport check --fix-only ${rule}`
		: 'can be done: set "fix: auto"';
}

/** The Dockerfile that we would write, line by line. */
function proposed({proposal = []}: Judged): readonly string[] {
	return proposal.map(line => `      ${line}`);
}

/** What comments of the Dockerfile say about a finding. */
function wordsOf({ignored, told}: Judged): readonly string[] {
	return [
		...(ignored === undefined ? [] : [`ignored on line ${ignored.line}: ${ignored.reason}`]),
		...(told === undefined ? [] : [`${told.tool} is told to ignore it, on line ${told.line}`]),
	];
}

function summaryOf(
	findings: readonly Judged[],
	counts: Readonly<Record<Outcome, number>>,
	look: Look,
): string {
	const failing = (level: string): number =>
		findings.filter(finding => keyOf(finding) === `fail ${level}`).length;
	const parts: readonly (readonly [number, string, Style])[] = [
		[failing('error'), 'error', 'red'],
		[failing('warn'), 'warning', 'yellow'],
		[failing('info'), 'info', 'cyan'],
		[counts.error, 'broken rule', 'red'],
	];
	const controls: readonly (readonly [number, string, Style])[] = [
		[counts.pass, 'passed', 'green'],
		[counts.fixed, 'fixed', 'green'],
		[counts.fail, 'failed', 'yellow'],
		[counts.waived, 'waived', 'yellow'],
		[counts['not-evaluated'], 'not evaluated', 'dim'],
		[counts['not-applicable'], 'not applicable', 'dim'],
	];
	const found = parts
		.filter(([count]) => count > 0)
		.map(([count, word, style]) =>
			paint(`${count} ${word}${count === 1 || word === 'info' ? '' : 's'}`, style, look),
		);
	const judged = controls
		.filter(([count]) => count > 0)
		.map(([count, word, style]) => paint(`${count} ${word}`, style, look));
	return `${found.length === 0 ? 'Nothing to do' : found.join(', ')}. Controls: ${judged.join(', ')}.`;
}

function keyOf({result, level}: Judged): string {
	return result === 'fail' || result === 'error' ? `${result} ${level}` : result;
}

function lineOf({place}: Judged): number {
	return place?.line ?? 0;
}
