import {credentialsIn} from '../policies/token-formats.ts';
import {type Options, platformName} from './options.ts';
import type {BuildRequest} from './rules/rule.ts';

/** What the command line asks of a build, for the rules that judge that. */
export function buildRequestOf({raw, platforms, builder, remoteContext}: Options): BuildRequest {
	const attests = [...raw]
		.filter(([key, value]) => key.startsWith('attest:') && !value.includes('disabled=true'))
		.map(([key, value]) => [key.slice('attest:'.length), value] as const);
	const given = [...raw]
		.filter(([key]) => key.startsWith('label:'))
		.map(([key, value]) => [key.slice('label:'.length), value] as const);
	// What they hold is told by its kind; the values go no further.
	const heldByLabels = given.flatMap(([key, value]) =>
		credentialsIn(value).map(({format: {title, tier}}) => ({key, title, tier})),
	);
	return {
		attests: Object.fromEntries(attests),
		labels: given.map(([key]) => key),
		...(heldByLabels.length === 0 ? {} : {heldByLabels}),
		platform: platformName(platforms[0] ?? builder),
		// buildx finds these out where the context is a git working copy.
		source: raw.get('vcs:source'),
		revision: raw.get('vcs:revision'),
		...gitContext(remoteContext?.url ?? ''),
	};
}

/** A context that is fetched from git says itself which sources it means. */
function gitContext(url: string): Pick<BuildRequest, 'source' | 'revision' | 'version'> {
	const [remote = '', fragment = ''] = url.split('#', 2);
	if (!/^(?:git@|git:|ssh:)|\.git$|^(?:https?:\/\/)?github\.com\//.test(remote)) {
		return {};
	}

	const name = (fragment.split(':')[0] ?? '').replace(/^refs\/(?:tags|heads)\//, '');
	return {
		source: remote.replace(/^github\.com\//, 'https://github.com/'),
		...(/^[0-9a-f]{40}$/.test(name) ? {revision: name} : {}),
		...(/^v?\d{1,9}(?:\.\d{1,9}){1,3}(?:[-+][\w.]{1,40})?$/.test(name)
			? {version: name.replace(/^v/, '')}
			: {}),
	};
}
