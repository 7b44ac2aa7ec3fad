import type {Bundle, levels} from '../policies/bundle.ts';
import {levelOf, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {type Excerpt, FrontendError, GatewayError} from './error.ts';
import type {Capabilities} from './gateway/capabilities.ts';
import type {Gateway} from './gateway/client.ts';
import type {Sources} from './source/read.ts';

/** Findings that still fail at one level, in the order in which they were made. */
export function failing(
	{checks}: Verdict,
	bundle: Bundle,
	level: (typeof levels)[number],
): readonly Finding[] {
	return checks
		.flatMap(({findings}) => findings)
		.filter(finding => finding.result === 'fail' && levelOf(finding, bundle) === level);
}

/** What a user is told beside the result: findings that do not stop the build, and choices that were made for them. */
export interface Told {
	readonly findings: readonly Finding[];
	readonly notes: readonly string[];
}

/**
 * Tells the user. BuildKit shows it when the build is done, with the lines. What cannot be shown is no reason to fail: the
 * verdict is in the contract too.
 */
export async function warn(
	gateway: Gateway,
	capabilities: Capabilities,
	sources: Sources,
	{findings, notes}: Told,
): Promise<void> {
	if (!capabilities.warnings) {
		return;
	}

	const {filename, dockerfile, vertex} = sources;
	const encoder = new TextEncoder();
	const warnings = findings.map(({control, message, place}) => ({
		short: `${control}: ${message}${place === undefined ? '' : ` (line ${place.line})`}`,
		detail: `sallyport control ${control}`,
		place: place?.file === filename ? place : undefined,
	}));
	const told = notes.map(note => ({
		short: `sallyport: ${note}`,
		detail: 'a choice made for you',
		place: undefined,
	}));
	// One after the other, so that they are shown in the order of the file.
	for (const {short, detail, place} of [...warnings, ...told]) {
		await gateway
			.call('warn', {
				digest: vertex,
				level: 1,
				short: encoder.encode(short),
				detail: [encoder.encode(detail)],
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

function ignoreRefusal(error: unknown): void {
	if (!(error instanceof GatewayError)) {
		throw error;
	}
}

/** The refusal of a build, with the author's own lines for every finding that causes it. */
export function denial(sources: Sources, bundle: Bundle, findings: readonly Finding[]): FrontendError {
	const count = findings.length === 1 ? 'one finding stops' : `${findings.length} findings stop`;
	const list = findings.map(
		({control, message, place}) =>
			`  ${place === undefined ? '' : `${place.file}:${place.line} `}${control}: ${message}`,
	);
	const excerpts: readonly Excerpt[] = findings
		.flatMap(({place}) => (place?.file === sources.filename ? [place] : []))
		.map(({file, line, endLine = line}) => ({file, data: sources.dockerfile, ranges: [{line, endLine}]}));
	return new FrontendError(
		'FRONTEND_DENIED',
		`policy ${bundle.name}: ${count} this build\n${list.join('\n')}`,
		excerpts,
	);
}
