import {hasOption} from '../../shell/options.ts';
import type {ShellWord} from '../../shell/script.ts';
import {shownUrl} from '../base/remote-source.ts';
import type {Rule, Subject} from '../rule.ts';
import {failAt} from './finding.ts';
import type {Invocation} from './invocations.ts';
import type {ManagerName} from './managers.ts';
import {listed, type Package} from './packages.ts';
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
	/** An address of a repository whose newest state is taken, and the sign that stands before a commit. */
	readonly git?: {readonly isMoving: (word: string) => boolean; readonly sign: string};
	/** Made once for a file: whether something else decides the versions. */
	readonly decidedFrom?: (subject: Subject) => (invocation: Invocation) => boolean;
}

/** One finding for each command that leaves the version of a package open. */
export function pinnedBy({managers, verbs, isOpen, decidedBy = [], write, git, decidedFrom}: Pinning): Rule {
	return function* (subject) {
		const isDecided = decidedFrom?.(subject);
		const spelledOut = spelledOutIn(subject);
		const asked = installsOf(subject, ...managers).filter(({verb}) => verbs?.includes(verb) ?? true);
		for (const invocation of asked.filter(({command}) => !hasOption(command, ...decidedBy))) {
			const {command, operands} = invocation;
			const plain = spelledOut(command, operands).filter(({name}) => isOpen(name));
			const open = [...plain, ...movingIn(operands, git)];
			if (open.length > 0 && isDecided?.(invocation) !== true) {
				const [first] = plain;
				const remedy =
					first === undefined ? `the commit that was tested, behind ${git?.sign}` : write(listed([first]));
				const message = `No version is said for ${listed(open)}, so the same file makes another image tomorrow: write ${remedy}.`;
				yield failAt(subject, command, message);
			}
		}
	};
}

function movingIn(words: readonly ShellWord[], git: Pinning['git']): readonly Package[] {
	return words
		.filter(({value}) => value !== undefined && git?.isMoving(value))
		.map(word => ({name: shownUrl(word.unquoted), word}));
}
