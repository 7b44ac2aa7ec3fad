import {hasOption} from '../../shell/options.ts';
import {managers} from '../package/managers.ts';
import type {Rule} from '../rule.ts';
import {cleaned, leftoverRule} from './leftovers.ts';

/** yum and dnf keep their cache alike. */
export function rpmLeftover(manager: 'yum' | 'dnf'): Rule {
	return leftoverRule({
		managers: [manager],
		what: `${manager}'s index of packages`,
		leaves: ({act, command}) =>
			(act === 'install' || act === 'upgrade' || act === 'update') &&
			!hasOption(command, 'installroot', 'assumeno'),
		cleans: ({act}) => act === 'clean',
		folders: managers[manager].caches ?? [],
		write: ({command}) => `&& ${command.name} clean all at the end of this RUN`,
		repair: (invocation, script) => cleaned(invocation, script, `${invocation.command.name} clean all`),
	});
}
