import {catalogue} from '../policies/catalogue.ts';
import {VERSION} from '../proto/version.ts';
import type {Teller} from './format-text.ts';
import {type Check, countOf, type FileReport, type Told, worst} from './told.ts';

/** What is counted over all files. */
const nothing = {
	files: 0,
	errors: 0,
	warnings: 0,
	infos: 0,
	fixed: 0,
	ignored: 0,
	notEvaluated: 0,
	problems: 0,
	repaired: 0,
};

type Summary = Readonly<Record<keyof typeof nothing, number>>;

/** One document with stable keys, for programs. It is written file by file: ten thousand reports are never there at once. */
export function jsonTeller(): Teller {
	let summary: Summary = nothing;
	let checks: readonly Check[] = [];
	const head = `{\n  "version": 1,\n  "tool": ${JSON.stringify({name: 'sallyport', version: VERSION})},\n  "files": [`;
	return {
		tell: report => {
			const before = summary.files === 0 ? head : ',';
			summary = added(summary, report);
			checks = worst([...checks, ...report.checks]);
			return `${before}\n    ${indented(fileJson(report), '    ')}`;
		},
		end: exitCode => {
			const controls = indented(checks.map(controlJson), '  ');
			const before = summary.files === 0 ? head : '\n  ';
			return `${before}],\n  "summary": ${indented(summary, '  ')},\n  "controls": ${controls},\n  "exitCode": ${exitCode}\n}\n`;
		},
	};
}

function indented(value: unknown, by: string): string {
	return JSON.stringify(value, undefined, 2).replaceAll('\n', `\n${by}`);
}

function added(summary: Summary, report: FileReport): Summary {
	const {findings, problems, repaired} = report;
	const count = (of: (told: Told) => boolean): number => findings.filter(of).length;
	return {
		files: summary.files + 1,
		errors: summary.errors + countOf([report], 'error'),
		warnings: summary.warnings + countOf([report], 'warn'),
		infos: summary.infos + countOf([report], 'info'),
		fixed: summary.fixed + count(({result}) => result === 'fixed'),
		ignored: summary.ignored + count(({ignored}) => ignored !== undefined),
		notEvaluated: summary.notEvaluated + count(({result}) => result === 'not-evaluated'),
		problems: summary.problems + problems.length,
		repaired: summary.repaired + repaired.length,
	};
}

function fileJson(report: FileReport): unknown {
	return {
		file: report.file,
		builds: report.builds,
		policies: report.policies,
		outcome: report.problems.length > 0 ? 'error' : report.outcome,
		findings: report.findings.map(findingJson),
		notes: report.notes,
		asides: report.asides,
		problems: report.problems,
		repaired: report.repaired,
		controls: report.checks.map(controlJson),
	};
}

function controlJson({control, result, level}: Check): unknown {
	return {control, result, level, supports: catalogue[control].criteria};
}

function findingJson(told: Told): unknown {
	const {rule, control, criteria, result, level, message, line, endLine, column, endColumn, file, ...rest} =
		told;
	return {
		rule,
		control,
		supports: criteria,
		result,
		level,
		message,
		place: {file, line, column, endLine, endColumn},
		...rest,
	};
}
