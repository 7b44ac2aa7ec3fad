import {failAt} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import type {ManagerName} from '../package/managers.ts';
import {askedOf, finalRunsOf, type Run} from '../package/runs.ts';
import type {Rule} from '../rule.ts';
import {cleaned} from './leftovers.ts';

const MANAGERS: readonly ManagerName[] = ['apt', 'yum', 'dnf', 'zypper', 'npm', 'conda'];

export const cleanAfterInstall: Rule = function* (subject) {
	for (const run of finalRunsOf(subject)) {
		for (const invocation of MANAGERS.flatMap(manager => earlyClean(run, manager) ?? [])) {
			const {command} = invocation;
			const what = [command.name, ...command.args.map(({text}) => text)].join(' ');
			const message = `${command.name} cleans up before the last install of this RUN, so what that install leaves stays: clean up after it.`;
			const isPlain = /^[\w -]{1,60}$/.test(what);
			yield failAt(subject, command, message, isPlain ? cleaned(invocation, run.script, what) : undefined);
		}
	}
};

/** The manager's last clean-up, where something is installed after it. */
function earlyClean(run: Run, manager: ManagerName): Invocation | undefined {
	const acts = askedOf(run, manager).filter(({act}) => act === 'install' || act === 'clean');
	const last = acts.at(-1);
	return last?.act === 'install' ? acts.findLast(({act}) => act === 'clean') : undefined;
}
