import type {Look} from '../frontend/report.ts';
import {isRuleId, ruleCatalogue} from '../policies/rules/index.ts';
import type {Aside} from './builds.ts';
import {paint, type Style, wrap} from './paint.ts';
import {type Check, countOf, type FileReport, isFailure, type Told, worst} from './told.ts';

interface Kind {
	readonly mark: string;
	readonly word: string;
	readonly style: Style;
}

const failures: Readonly<Record<string, Kind>> = {
	error: {mark: '✖', word: 'error', style: 'red'},
	warn: {mark: '▲', word: 'warning', style: 'yellow'},
	info: {mark: '●', word: 'info', style: 'cyan'},
};
const broken: Kind = {mark: '✖', word: 'broken', style: 'red'};
const fixed: Kind = {mark: '✔', word: 'fixed', style: 'green'};
const ignored: Kind = {mark: '○', word: 'ignored', style: 'dim'};
const open: Kind = {mark: '?', word: 'not evaluated', style: 'dim'};

/** Findings for a terminal, file by file, and a line about all of them. A file with nothing to do takes one line. */
export function reportsText(reports: readonly FileReport[], look: Look, isVerbose: boolean): string {
	const groups = reports.map(report => groupOf(report, look, isVerbose));
	// Quiet files stand together; whatever has more to say is set off by an empty line.
	const text = groups.map((group, index) => {
		const isQuiet = !group.includes('\n');
		const wasQuiet = !(groups[index - 1] ?? '').includes('\n');
		return index === 0 || (isQuiet && wasQuiet) ? group : `\n${group}`;
	});
	return `${text.join('\n')}\n\n${summaryOf(reports, look)}\n`;
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
		...problems.map(({message}) => block(broken, '', 'not judged', message, look)),
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
	if (told.ignored !== undefined) {
		return ignored;
	}

	switch (told.result) {
		case 'error':
			return broken;
		case 'fail':
			return failures[told.level];
		case 'fixed':
			return fixed;
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
	const isOptIn = isRuleId(rule) && ruleCatalogue[rule].fix === 'opt-in';
	const done =
		repair?.isApplied === true ? 'done in the build' : `can be done: ${isOptIn ? '--fix-opt-in' : '--fix'}`;
	const extra = [
		...(repair === undefined || aside !== undefined ? [] : [`→ ${repair.title} (${done})`]),
		...(aside?.reason === undefined ? [] : [`○ ${aside.reason}`]),
		...(builds.length > 1 ? [`in ${builds.join(', ')}`] : []),
	];
	const first = block(kind, `${elsewhere}${where}`, rule, message, look, supports);
	return [first, ...extra.map(text => wrap(text, look.width - 6, '      '))].join('\n');
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

function summaryOf(reports: readonly FileReport[], look: Look): string {
	const problems = reports.filter(report => report.problems.length > 0).length;
	const parts: readonly (readonly [number, string, Style])[] = [
		[countOf(reports, 'error'), 'error', 'red'],
		[countOf(reports, 'warn'), 'warning', 'yellow'],
		[countOf(reports, 'info'), 'info', 'cyan'],
		[problems, 'file not judged', 'red'],
	];
	const found = parts
		.filter(([count]) => count > 0)
		.map(([count, word, style]) =>
			paint(`${count} ${word.replace(/^(error|warning|file)/, count === 1 ? '$1' : '$1s')}`, style, look),
		);
	const loud = reports.filter(({findings}) => findings.some(isFailure)).length;
	const all = `${reports.length} files`;
	const where = reports.length < 2 ? '' : ` in ${found.length === 0 ? all : `${loud} of ${all}`}`;
	const controls = controlsOf(worst(reports.flatMap(({checks}) => checks)), look);
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
