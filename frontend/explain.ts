import type {Bundle, levels} from '../policies/bundle.ts';
import {levelOf, type Verdict} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {type Excerpt, FrontendError} from './error.ts';
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

/**
 * Tells the user about findings that do not stop the build. BuildKit shows them when the build is done, with the lines.
 * One that cannot be shown is no reason to fail: the verdict is in the contract too.
 */
export async function warn(
	gateway: Gateway,
	capabilities: Capabilities,
	sources: Sources,
	findings: readonly Finding[],
): Promise<void> {
	if (!capabilities.warnings) {
		return;
	}

	const {filename, dockerfile, vertex} = sources;
	const encoder = new TextEncoder();
	await Promise.all(
		findings.map(({control, message, place}) =>
			gateway.call('warn', {
				digest: vertex,
				level: 1,
				short: encoder.encode(`${control}: ${message}${place === undefined ? '' : ` (line ${place.line})`}`),
				detail: [encoder.encode(`sallyport control ${control}`)],
				...(place === undefined || place.file !== filename
					? {}
					: {
							info: {filename, data: dockerfile, language: 'Dockerfile'},
							ranges: [{start: {line: place.line}, end: {line: place.endLine ?? place.line}}],
						}),
			}),
		),
	);
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
