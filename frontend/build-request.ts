import {type Options, platformName} from './options.ts';
import type {BuildRequest} from './rules/rule.ts';

/** What the command line asks of a build, for the rules that judge that. */
export function buildRequestOf({raw, platforms, builder}: Options): BuildRequest {
	const attests = [...raw]
		.filter(([key, value]) => key.startsWith('attest:') && !value.includes('disabled=true'))
		.map(([key, value]) => [key.slice('attest:'.length), value] as const);
	const labels = [...raw.keys()]
		.filter(key => key.startsWith('label:'))
		.map(key => key.slice('label:'.length));
	return {
		attests: Object.fromEntries(attests),
		labels,
		platform: platformName(platforms[0] ?? builder),
		// buildx finds these out where the context is a git working copy.
		source: raw.get('vcs:source'),
		revision: raw.get('vcs:revision'),
	};
}
