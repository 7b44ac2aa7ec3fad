import {isRuleId, ruleCatalogue} from '../policies/rules/index.ts';
import type {Result} from '../proto/buildkit/gateway.ts';
import {passOn} from './delegate.ts';
import {GatewayError} from './error.ts';
import type {Gateway} from './gateway/client.ts';
import type {Judged} from './judge.ts';
import type {Options} from './options.ts';
import {describe, supportOf} from './rules/describe.ts';
import type {Sources} from './source/read.ts';

/** The request that `docker build --check` makes. Others are the delegate's alone. */
export const LINT = 'frontend.lint';

interface Lint {
	readonly warnings: readonly Readonly<Record<string, unknown>>[];
	readonly sources: readonly Readonly<Record<string, unknown>>[];
	readonly [key: string]: unknown;
}

/**
 * BuildKit's own lint of the author's text, with our findings among its warnings. A builder that does not know the request
 * (before 0.14) must not say so: the client would then run another frontend in our place.
 */
export async function lint(
	gateway: Gateway,
	options: Options,
	sources: Sources,
	findings: readonly Judged[],
): Promise<Result> {
	const asked = await gatewayLint(gateway, options);
	const lint = readLint(asked.metadata?.['result.json'], sources);
	const ours = new Set(findings.flatMap(namesAt));
	const theirs = lint.warnings.filter(
		warning => !linesOf(warning).some(line => ours.has(`${warning['ruleName']} ${line}`)),
	);
	const warnings = [...theirs, ...findings.map(warningOf)];
	const text = findings.map(
		({rule, message, place}) =>
			`\nWARNING: ${rule} - ${describe(rule).url}\n${message}\n${place?.file ?? ''}:${place?.line ?? ''}\n`,
	);
	const encoder = new TextEncoder();
	const decoder = new TextDecoder();
	return {
		...asked,
		metadata: {
			version: encoder.encode('1.0.0'),
			...asked.metadata,
			'result.json': encoder.encode(JSON.stringify({...lint, warnings})),
			'result.txt': encoder.encode(decoder.decode(asked.metadata?.['result.txt']) + text.join('')),
			'result.statuscode': encoder.encode(
				warnings.length === 0 && lint['buildError'] === undefined ? '0' : '1',
			),
		},
	};
}

/** What BuildKit calls a finding of ours, at its line: what both have found is told once, in our words. */
function namesAt({rule, place}: Judged): readonly string[] {
	const aliases = isRuleId(rule) ? (ruleCatalogue[rule].aliases ?? []) : [];
	return aliases.map(alias => `${alias} ${place?.line ?? 0}`);
}

function linesOf(warning: Readonly<Record<string, unknown>>): readonly number[] {
	const {location} = warning as {
		readonly location?: {readonly ranges?: readonly {readonly start?: {readonly line?: number}}[]};
	};
	return (location?.ranges ?? []).flatMap(({start}) => start?.line ?? []);
}

async function gatewayLint(gateway: Gateway, options: Options): Promise<Result> {
	try {
		return await passOn(gateway, options);
	} catch (error) {
		if (error instanceof GatewayError && /unsupported request/.test(error.message)) {
			return {};
		}

		throw error;
	}
}

function readLint(bytes: Uint8Array | undefined, {filename, dockerfile}: Sources): Lint {
	const own = {filename, language: 'Dockerfile', data: Buffer.from(dockerfile).toString('base64')};
	const lint = bytes === undefined ? {} : (JSON.parse(new TextDecoder().decode(bytes)) as Partial<Lint>);
	// Our findings point at source 0, so there must be one.
	const sources = lint.sources ?? [];
	return {...lint, warnings: lint.warnings ?? [], sources: sources.length === 0 ? [own] : sources};
}

function warningOf({rule, control, message, place}: Judged): Readonly<Record<string, unknown>> {
	const {title, url} = describe(rule);
	const support = supportOf(control);
	const line = place?.line ?? 1;
	return {
		ruleName: rule,
		url,
		description: support === '' ? title : `${title} (${support})`,
		detail: message,
		location: {
			sourceIndex: 0,
			ranges: [{start: {line, character: 0}, end: {line: place?.endLine ?? line, character: 0}}],
		},
	};
}
