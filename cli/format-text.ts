import {broken, failures, fixed, type Kind} from '../frontend/kinds.ts';
import {paint, type Style, wrap} from '../frontend/paint.ts';
import type {Look} from '../frontend/report.ts';
import {isRuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {type Level, levels} from '../policies/setting.ts';
import type {Aside} from './builds.ts';
import {type Check, countOf, type FileReport, isFailure, type Told, worst} from './told.ts';

const ignored: Kind = {mark: '○', word: 'ignored', style: 'dim'};
const waived: Kind = {mark: '○', word: 'waived', style: 'dim'};
const open: Kind = {mark: '?', word: 'not evaluated', style: 'dim'};

/** Tells reports one after the other, so that no more than one is held at a time. */
export interface Teller {
	tell(report: FileReport): string;
	/** What is said when all are told. */
	end(exitCode: number): string;
}

/** Findings for a terminal, file by file, and a line about all of them. A file with nothing to do takes one line. */
export function textTeller(look: Look, isVerbose: boolean): Teller {
	let totals: Totals = {
		files: 0,
		loud: 0,
		problems: 0,
		counts: {off: 0, info: 0, warn: 0, error: 0},
		checks: [],
	};
	let wasQuiet = true;
	return {
		tell: report => {
			const group = groupOf(report, look, isVerbose);
			// Quiet files stand together; whatever has more to say is set off by an empty line.
			const isQuiet = !group.includes('\n');
			const gap = totals.files === 0 || (isQuiet && wasQuiet) ? '' : '\n';
			wasQuiet = isQuiet;
			totals = added(totals, report);
			return `${gap}${group}\n`;
		},
		end: () => `\n${summaryOf(totals, look)}\n`,
	};
}

interface Totals {
	readonly files: number;
	/** Files in which something is to be done. */
	readonly loud: number;
	readonly problems: number;
	readonly counts: Readonly<Record<Level, number>>;
	readonly checks: readonly Check[];
}

function added({files, loud, problems, counts, checks}: Totals, report: FileReport): Totals {
	const counted = {...counts};
	for (const level of levels) {
		counted[level] += countOf([report], level);
	}

	return {
		files: files + 1,
		loud: loud + (report.findings.some(isFailure) ? 1 : 0),
		problems: problems + (report.problems.length > 0 ? 1 : 0),
		counts: counted,
		checks: worst([...checks, ...report.checks]),
	};
}

function groupOf(report: FileReport, look: Look, isVerbose: boolean): string {
	const {file, builds, findings, notes, asides, problems, repaired} = report;
	const shown = findings.flatMap(told => {
		const kind = kindOf(told);
		return kind === undefined || (!isVerbose && kind === open) ? [] : [blockOf(told, kind, look)];
	});
	const notEvaluated = isVerbose
		? []
		: [...new Set(findings.filter(told => kindOf(told) === open).map(({rule}) => rule))];
	const blocks = [
		...problems.map(({message, rule = 'not judged'}) => block(broken, '', rule, message, look)),
		...repaired.map(({rule, title, line}) =>
			block({...fixed, word: 'written'}, String(line ?? ''), rule, title, look),
		),
		...shown,
		...asides.map(aside => asideOf(aside, look)),
		...(isVerbose || shown.length > 0 ? notes.map(note => noteOf(note, look)) : []),
	];
	const who = builds.length === 0 ? '' : `  ${paint(builds.join(', '), 'dim', look)}`;
	if (blocks.length === 0) {
		const rest =
			notEvaluated.length === 0
				? ''
				: `  ${paint(`${notEvaluated.length} rules not evaluated without a builder`, 'dim', look)}`;
		return `${paint('✔', 'green', look)} ${paint(file, 'bold', look)}${who}${rest}`;
	}

	const list =
		notEvaluated.length === 0
			? []
			: [wrap(`? not evaluated without a builder: ${notEvaluated.join(', ')}`, look.width - 2, '  ')];
	return [
		`${paint(file, 'bold', look)}${who}`,
		...blocks,
		...list.map(text => paint(text, 'dim', look)),
	].join('\n');
}

function kindOf(told: Told): Kind | undefined {
	if (told.ignored !== undefined && !isFailure(told)) {
		return ignored;
	}

	switch (told.result) {
		case 'error':
			return broken;
		case 'fail':
			return told.level === 'off' ? undefined : failures[told.level];
		case 'fixed':
			return fixed;
		case 'waived':
			return waived;
		case 'not-evaluated':
			return open;
		default:
			return undefined;
	}
}

function blockOf(told: Told, kind: Kind, look: Look): string {
	const {rule, criteria, line, column, message, repair, builds, file, ignored: aside} = told;
	const where = `${line}${column === undefined ? '' : `:${column}`}`;
	const supports = criteria.length === 0 ? '' : `  ${paint(`supports ${criteria.join(', ')}`, 'dim', look)}`;
	const elsewhere = /(?:^|\/)\.sallyport\.yaml$/.test(file) ? `${file}:` : '';
	const isOptIn = repair?.isOnTrial === true || (isRuleId(rule) && ruleCatalogue[rule].fix === 'opt-in');
	const made =
		repair?.isOnTrial === true ? 'kept in the build if the result starts there' : 'done in the build';
	const done = repair?.isApplied === true ? made : `can be done: ${isOptIn ? '--fix-opt-in' : '--fix'}`;
	const extra = [
		...(repair === undefined || aside !== undefined ? [] : [`→ ${repair.title} (${done})`]),
		...asidesOf(told).map(text => `○ ${text}`),
		...(builds.length > 1 ? [`in ${builds.join(', ')}`] : []),
	];
	const first = block(kind, `${elsewhere}${where}`, rule, message, look, supports);
	return [first, ...extra.map(text => wrap(text, look.width - 6, '      '))].join('\n');
}

/** What is said about a finding, and changes at most how much it weighs. */
function asidesOf({ignored, told, grace}: Told): readonly string[] {
	return [
		...(ignored?.reason === undefined ? [] : [ignored.reason]),
		...(told === undefined ? [] : [`${told.tool} is told to ignore it, on line ${told.line}`]),
		...(grace === undefined ? [] : [`stops no build before ${grace.until}`]),
	];
}

function block(kind: Kind, where: string, rule: string, message: string, look: Look, supports = ''): string {
	const {mark, word, style} = kind;
	const head = [paint(`${mark} ${word}`, style, look), paint(where, 'bold', look), rule].filter(
		part => part !== '',
	);
	return `  ${head.join('  ')}${supports}\n${wrap(message, look.width - 6, '      ')}`;
}

function asideOf({line, message}: Aside, look: Look): string {
	return block(open, String(line), '', message, look);
}

function noteOf(note: string, look: Look): string {
	return wrap(note, look.width - 4, '    ').replace(/^ {4}/, `  ${paint('›', 'cyan', look)} `);
}

function summaryOf({files, loud, problems, counts, checks}: Totals, look: Look): string {
	const parts: readonly (readonly [number, string, Style])[] = [
		[counts.error, 'error', 'red'],
		[counts.warn, 'warning', 'yellow'],
		[counts.info, 'info', 'cyan'],
		[problems, 'file not judged', 'red'],
	];
	const found = parts
		.filter(([count]) => count > 0)
		.map(([count, word, style]) =>
			paint(`${count} ${word.replace(/^(error|warning|file)/, count === 1 ? '$1' : '$1s')}`, style, look),
		);
	const where = files < 2 ? '' : ` in ${found.length === 0 ? '' : `${loud} of `}${files} files`;
	const controls = controlsOf(checks, look);
	return `${found.length === 0 ? 'Nothing to do' : found.join(', ')}${where}.${controls}`;
}

function controlsOf(checks: readonly Check[], look: Look): string {
	const words: readonly (readonly [Check['result'], string, Style])[] = [
		['pass', 'passed', 'green'],
		['fixed', 'fixed', 'green'],
		['fail', 'failed', 'yellow'],
		['error', 'broken', 'red'],
		['waived', 'waived', 'dim'],
		['not-evaluated', 'not evaluated', 'dim'],
		['not-applicable', 'not applicable', 'dim'],
	];
	const judged = words.flatMap(([result, word, style]) => {
		const count = checks.filter(check => check.result === result).length;
		return count === 0 ? [] : [paint(`${count} ${word}`, style, look)];
	});
	return judged.length === 0 ? '' : ` Controls: ${judged.join(', ')}.`;
}
