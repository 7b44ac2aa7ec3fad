import {hasOption} from '../../shell/options.ts';
import type {Rule, Subject} from '../rule.ts';
import {failAt} from './finding.ts';
import type {Invocation} from './invocations.ts';
import type {ManagerName} from './managers.ts';
import {listed} from './packages.ts';
import {installsOf} from './runs.ts';
import {spelledOutIn} from './spelled-out.ts';

/** How a package manager is told which version is wanted. */
interface Pinning {
	readonly managers: readonly ManagerName[];
	/** Verbs that take packages; all installs when absent. */
	readonly verbs?: readonly string[];
	/** Whether a plain word leaves the version open. */
	readonly isOpen: (word: string) => boolean;
	/** Options that decide the versions of all packages. */
	readonly decidedBy?: readonly string[];
	/** What to write, from the first package's name. */
	readonly write: (name: string) => string;
	/** Made once for a file: whether something else decides the versions. */
	readonly decidedFrom?: (subject: Subject) => (invocation: Invocation) => boolean;
}

/** One finding for each command that leaves the version of a package open. */
export function pinnedBy({managers, verbs, isOpen, decidedBy = [], write, decidedFrom}: Pinning): Rule {
	return function* (subject) {
		const isDecided = decidedFrom?.(subject);
		const spelledOut = spelledOutIn(subject);
		for (const invocation of installsOf(subject, ...managers)) {
			const {command, verb, operands} = invocation;
			const open = spelledOut(command, operands).filter(({name}) => isOpen(name));
			const isAsked = verbs === undefined || verbs.includes(verb);
			const [first] = open;
			if (!isAsked || first === undefined || hasOption(command, ...decidedBy)) {
				continue;
			}
			if (isDecided?.(invocation) !== true) {
				const message = `No version is said for ${listed(open)}, so the same file makes another image tomorrow: write ${write(listed([first]))}.`;
				yield failAt(subject, command, message);
			}
		}
	};
}
