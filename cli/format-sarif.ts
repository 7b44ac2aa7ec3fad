import {isAbsolute} from 'node:path';
import {pathToFileURL} from 'node:url';
import {describe} from '../frontend/rules/describe.ts';
import {catalogue} from '../policies/catalogue.ts';
import {isRuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {VERSION} from '../proto/version.ts';
import type {Problem} from './problem.ts';
import {type FileReport, fingerprintsOf, type Told} from './told.ts';

const levels = {error: 'error', warn: 'warning', info: 'note', off: 'none'} as const;
/** Relative paths start from here. */
const ROOT = 'SRCROOT';

/**
 * All reports as one run of a SARIF 2.1.0 log (OASIS), for code-scanning pages. Everything that was found is in it with its
 * kind, so that what could not be looked at does not read as a pass.
 */
export function sarifLog(reports: readonly FileReport[], exitCode: number): unknown {
	const problems = reports.flatMap(report => report.problems);
	const findings = [...reports.flatMap(report => report.findings), ...problems.flatMap(refusedBy)];
	const own = findings.map(({rule}) => rule).filter(rule => !isRuleId(rule));
	const rules = [...new Set([...Object.keys(ruleCatalogue), ...own])];
	const places = new Map(rules.map((rule, index) => [rule, index]));
	const fingerprints = fingerprintsOf(findings);
	return {
		version: '2.1.0',
		$schema: 'https://json.schemastore.org/sarif-2.1.0.json',
		runs: [
			{
				tool: {
					driver: {
						name: 'sallyport',
						version: VERSION,
						semanticVersion: VERSION,
						informationUri: 'https://sallyport.dev',
						rules: rules.map(ruleOf),
					},
				},
				columnKind: 'utf16CodeUnits',
				originalUriBaseIds: {[ROOT]: {uri: `${pathToFileURL(process.cwd()).href}/`}},
				invocations: [
					{
						executionSuccessful: problems.length === 0,
						exitCode,
						toolExecutionNotifications: problems.map(notificationOf),
					},
				],
				results: findings.map((told, index) => resultOf(told, places.get(told.rule), fingerprints[index])),
			},
		],
	};
}

function ruleOf(rule: string): unknown {
	const {title, url} = describe(rule);
	const named = {id: rule, shortDescription: {text: title}, helpUri: url};
	if (!isRuleId(rule)) {
		return named;
	}

	const {severity, fix, control, aliases = []} = ruleCatalogue[rule];
	const {criteria = [], also = []} = control === undefined ? {} : catalogue[control];
	return {
		...named,
		help: {text: `${title}. See ${url}`},
		properties: {
			tags: ['security', ...[...criteria, ...also].map(id => `supports ${id}`)],
			criteria: [...criteria, ...also],
			...(control === undefined ? {} : {control}),
			aliases,
			severity,
			fix,
			// GitHub sorts by this number; it is our severity, not a CVSS score.
			'security-severity': {critical: '9.0', high: '7.0', medium: '5.0', low: '3.0', info: '1.0'}[severity],
		},
	};
}

const kinds: Readonly<Record<string, string>> = {
	fail: 'fail',
	waived: 'fail',
	error: 'fail',
	fixed: 'pass',
	pass: 'pass',
	'not-applicable': 'notApplicable',
	'not-evaluated': 'open',
};

function resultOf(told: Told, ruleIndex: number | undefined, fingerprint: string | undefined): unknown {
	const {rule, result, level, message, tier, builds} = told;
	const isFailure = kinds[result] === 'fail';
	const suppressions = suppressionsOf(told);
	const properties = {...(tier === undefined ? {} : {tier}), ...(builds.length === 0 ? {} : {builds})};
	return {
		ruleId: rule,
		ruleIndex,
		kind: kinds[result] ?? 'informational',
		// SARIF §3.27.10: a result of another kind than fail has the level none.
		level: isFailure ? levels[level] : 'none',
		message: {text: message},
		locations: [{physicalLocation: physical(told)}],
		partialFingerprints: {'sallyport/v1': fingerprint},
		...(suppressions.length === 0 ? {} : {suppressions}),
		...(Object.keys(properties).length === 0 ? {} : {properties}),
	};
}

/** An approved waiver is outside of the source; a comment is in it, and counts for nothing where a build stops all the same. */
function suppressionsOf({result, level, ignored}: Told): readonly unknown[] {
	const inSource = ignored !== undefined && level !== 'error';
	const justification = ignored?.reason === undefined ? {} : {justification: ignored.reason};
	return [
		...(result === 'waived' ? [{kind: 'external', status: 'accepted'}] : []),
		...(inSource ? [{kind: 'inSource', ...justification}] : []),
	];
}

/** A file that cannot be built at all, as a finding of the rule that it breaks. */
function refusedBy({rule, file, message, line = 1, column}: Problem): readonly Told[] {
	const place = {file, line, ...(column === undefined ? {} : {column})};
	return rule === undefined
		? []
		: [
				{
					rule,
					criteria: [],
					url: describe(rule).url,
					result: 'fail',
					level: 'error',
					message,
					builds: [],
					...place,
				},
			];
}

function notificationOf({file, message, line = 1, column}: Problem): unknown {
	const place = column === undefined ? {file, line} : {file, line, column};
	return {level: 'error', message: {text: message}, locations: [{physicalLocation: physical(place)}]};
}

function physical({
	file,
	line,
	endLine,
	column,
	endColumn,
}: Pick<Told, 'file' | 'line' | 'endLine' | 'column' | 'endColumn'>): unknown {
	return {
		artifactLocation: isAbsolute(file)
			? {uri: pathToFileURL(file).href}
			: {uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: ROOT},
		region: {
			startLine: line,
			...(column === undefined ? {} : {startColumn: column}),
			...(endLine === undefined ? {} : {endLine}),
			...(endColumn === undefined ? {} : {endColumn}),
		},
	};
}
