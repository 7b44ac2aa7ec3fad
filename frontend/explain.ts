import type {Bundle} from '../policies/bundle.ts';
import type {Level} from '../policies/setting.ts';
import {type Excerpt, FrontendError, GatewayError} from './error.ts';
import type {Capabilities} from './gateway/capabilities.ts';
import type {Gateway} from './gateway/client.ts';
import type {Judged} from './judge.ts';
import {describe, supportOf} from './rules/describe.ts';
import {shownBytes} from './shown-project.ts';
import {PROJECT_FILE, type Sources} from './source/read.ts';

/** Findings that are told at one level, in the order in which they were made: what fails, and what could not be looked at. */
export function failing(findings: readonly Judged[], level: Level): readonly Judged[] {
	return findings.filter(finding => (finding.result === 'fail' ? finding.level : finding.tells) === level);
}

/** What a user is told beside the result: findings that do not stop the build, and choices that were made for them. */
export interface Told {
	readonly findings: readonly Judged[];
	readonly notes: readonly string[];
	/** Told before all else. */
	readonly alarms?: readonly string[];
}

/**
 * Tells the user. BuildKit shows it when the build is done, with the lines. What cannot be shown is no reason to fail: the
 * verdict is in the contract too.
 */
export async function warn(
	gateway: Gateway,
	capabilities: Capabilities,
	sources: Sources,
	{findings, notes, alarms = []}: Told,
): Promise<void> {
	if (!capabilities.warnings) {
		return;
	}

	const {filename, dockerfile, vertex} = sources;
	const encoder = new TextEncoder();
	const warnings = findings.map(({rule, control, message, place, grace}) => ({
		short: `${rule}: ${message}${graceOf(grace)}${place === undefined ? '' : ` (line ${place.line})`}`,
		detail: [describe(rule).title, supportOf(control)].filter(text => text !== '').join(': '),
		url: describe(rule).url,
		place: place?.file === filename ? place : undefined,
	}));
	const toldOf = (note: string, detail: string) => ({
		short: `sallyport: ${note}`,
		detail,
		url: undefined,
		place: undefined,
	});
	const loud = alarms.map(note => toldOf(note, 'asked for with SALLYPORT_BYPASS'));
	const told = notes.map(note => toldOf(note, 'a choice made for you'));
	// One after the other, so that they are shown in the order of the file.
	for (const {short, detail, url, place} of [...loud, ...warnings, ...told]) {
		await gateway
			.call('warn', {
				digest: vertex,
				level: 1,
				short: encoder.encode(short),
				detail: [encoder.encode(detail)],
				...(url === undefined ? {} : {url}),
				...(place === undefined
					? {}
					: {
							info: {filename, data: dockerfile, language: 'Dockerfile'},
							ranges: [{start: {line: place.line}, end: {line: place.endLine ?? place.line}}],
						}),
			})
			.catch(ignoreRefusal);
	}
}

function graceOf(grace: Judged['grace']): string {
	return grace === undefined ? '' : ` It stops builds from ${grace.until} on.`;
}

function ignoreRefusal(error: unknown): void {
	if (!(error instanceof GatewayError)) {
		throw error;
	}
}

/** The refusal of a build, with the author's own lines for every finding that causes it. */
export function denial(
	sources: Sources,
	bundle: Bundle,
	findings: readonly Judged[],
	refusal?: string,
): FrontendError {
	const count = findings.length === 1 ? 'one finding stops' : `${findings.length} findings stop`;
	const list = findings.map(
		({rule, message, place}) =>
			`  ${place === undefined ? '' : `${place.file}:${place.line} `}${rule}: ${message}`,
	);
	const texts = new Map([
		[sources.filename, sources.dockerfile],
		...(sources.project === undefined ? [] : [[PROJECT_FILE, shownBytes(sources.project)] as const]),
	]);
	const excerpts = findings.flatMap(({place}): readonly Excerpt[] => {
		const {file = '', line = 1, endLine = line} = place ?? {};
		const data = texts.get(file);
		return data === undefined ? [] : [{file, data, ranges: [{line, endLine}]}];
	});
	return new FrontendError(
		'FRONTEND_DENIED',
		`policy ${bundle.name}: ${count} this build\n${[...list, ...(refusal === undefined ? [] : [refusal])].join('\n')}`,
		excerpts,
	);
}
