import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import {fixOf} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import {leftoverRule} from './leftovers.ts';

export const noPipCache = leftoverRule({
	managers: ['pip', 'uv'],
	what: 'what was downloaded and built to install these packages',
	each: true,
	leaves: ({act, command}) =>
		act === 'install' && !hasOption(command, 'no-cache-dir', 'no-cache', 'n', 'cache-dir'),
	cleans: ({act}) => act === 'clean',
	folders: ['/root/.cache/pip', '/root/.cache/uv'],
	variables: ['PIP_NO_CACHE_DIR', 'UV_NO_CACHE', 'PIP_CACHE_DIR', 'UV_CACHE_DIR', 'XDG_CACHE_HOME'],
	write: optionFor,
	repair: invocation => {
		const option = optionFor(invocation);
		// pipx hands options on in another way.
		return invocation.command.name === 'pipx'
			? undefined
			: fixOf(option, insertAfter(invocation.verbWord, ` ${option}`));
	},
});

function optionFor({manager}: Invocation): string {
	return manager === 'uv' ? '--no-cache' : '--no-cache-dir';
}
