import {hasOption} from '../../shell/options.ts';
import type {Invocation} from '../package/invocations.ts';
import {managers} from '../package/managers.ts';
import {cleaned, leftoverRule} from './leftovers.ts';

export const noNpmCache = leftoverRule({
	managers: ['npm', 'yarn'],
	what: 'what was downloaded to install these packages',
	leaves: ({act, command}) => act === 'install' && !hasOption(command, 'cache', 'cache-folder'),
	cleans: ({act}) => act === 'clean',
	folders: [...(managers.npm.caches ?? []), ...(managers.yarn.caches ?? [])],
	variables: ['npm_config_cache', 'NPM_CONFIG_CACHE', 'YARN_CACHE_FOLDER'],
	write: invocation => `&& ${commandFor(invocation)} at the end of this RUN`,
	// Where yarn's second version keeps packages in its cache only, the program needs them; the first knows `global`.
	repair: (invocation, script) =>
		invocation.manager === 'yarn' && invocation.verb !== 'global add'
			? undefined
			: cleaned(invocation, script, commandFor(invocation)),
});

function commandFor({manager}: Invocation): string {
	return manager === 'npm' ? 'npm cache clean --force' : 'yarn cache clean';
}
