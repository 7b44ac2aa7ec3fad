import {catalogue} from '../policies/catalogue.ts';
import {VERSION} from '../proto/version.ts';
import {type Check, countOf, type FileReport, type Told, worst} from './told.ts';

/** All reports as one document with stable keys, for programs. */
export function reportsJson(reports: readonly FileReport[], exitCode: number): unknown {
	const all = reports.flatMap(({findings}) => findings);
	const checks = worst(reports.flatMap(report => report.checks));
	return {
		version: 1,
		tool: {name: 'sallyport', version: VERSION},
		exitCode,
		summary: {
			files: reports.length,
			errors: countOf(reports, 'error'),
			warnings: countOf(reports, 'warn'),
			infos: countOf(reports, 'info'),
			fixed: all.filter(({result}) => result === 'fixed').length,
			ignored: all.filter(({ignored}) => ignored !== undefined).length,
			notEvaluated: all.filter(({result}) => result === 'not-evaluated').length,
			problems: reports.flatMap(({problems}) => problems).length,
			repaired: reports.flatMap(({repaired}) => repaired).length,
		},
		controls: checks.map(controlJson),
		files: reports.map(report => ({
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
		})),
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
