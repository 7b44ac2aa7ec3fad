import {managers} from '../package/managers.ts';
import {cleaned, leftoverRule} from './leftovers.ts';

export const noZypperCache = leftoverRule({
	managers: ['zypper'],
	what: "zypper's index of packages",
	leaves: ({act}) => act === 'install' || act === 'upgrade' || act === 'update',
	cleans: ({act}) => act === 'clean',
	folders: managers.zypper.caches ?? [],
	write: () => '&& zypper clean --all at the end of this RUN',
	repair: (invocation, script) => cleaned(invocation, script, 'zypper clean --all'),
});
