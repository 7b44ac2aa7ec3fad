import {type BuildControl, buildControls, type Judged, type Judgement} from '../frontend/judge.ts';
import {catalogue} from '../policies/catalogue.ts';
import {digestOf} from '../proto/digest.ts';
import {VERSION} from '../proto/version.ts';

const levels = {error: 'error', warn: 'warning', info: 'note', off: 'none'} as const;

/**
 * Findings as a SARIF 2.1.0 log (OASIS), for code-scanning pages. Everything that was found is in it with its kind, so that
 * what could not be looked at does not read as a pass.
 * @param path of the Dockerfile, as it was named
 */
export function sarifLog({findings}: Pick<Judgement, 'findings'>, path: string): unknown {
	return {
		version: '2.1.0',
		$schema: 'https://json.schemastore.org/sarif-2.1.0.json',
		runs: [
			{
				tool: {
					driver: {
						name: 'sallyport',
						version: VERSION,
						informationUri: 'https://sallyport.dev',
						rules: buildControls.map(ruleOf),
					},
				},
				columnKind: 'utf16CodeUnits',
				results: findings.map(finding => resultOf(finding, path)),
			},
		],
	};
}

function ruleOf(control: BuildControl): unknown {
	const {title, criteria, also, severity, remedy} = catalogue[control];
	return {
		id: control,
		shortDescription: {text: title},
		help: {text: remedy},
		properties: {
			tags: ['security', ...[...criteria, ...also].map(id => `supports ${id}`)],
			// GitHub sorts by this number; it is our severity, not a CVSS score.
			'security-severity': {critical: '9.0', high: '7.0', medium: '5.0', low: '3.0'}[severity],
		},
	};
}

function resultOf(finding: Judged, path: string): unknown {
	const {control, result, level, message, place, tier} = finding;
	const isFailure = result === 'fail' || result === 'error';
	const kinds: Readonly<Record<string, string>> = {
		fixed: 'pass',
		'not-applicable': 'notApplicable',
		'not-evaluated': 'open',
	};
	const uri = place === undefined || path.endsWith(place.file) ? path : place.file;
	return {
		ruleId: control,
		ruleIndex: buildControls.indexOf(control),
		kind: isFailure ? 'fail' : (kinds[result] ?? 'informational'),
		level: isFailure ? levels[level] : 'none',
		message: {text: message},
		locations: [
			{
				physicalLocation: {
					artifactLocation: {uri: uri.split('/').map(encodeURIComponent).join('/')},
					region: {startLine: place?.line ?? 1},
				},
			},
		],
		// Without the line, so that a finding that moves stays the same one.
		partialFingerprints: {'sallyport/v1': digestOf(`${control}\n${uri}\n${message}`).slice('sha256:'.length)},
		...(tier === undefined ? {} : {properties: {tier}}),
	};
}
