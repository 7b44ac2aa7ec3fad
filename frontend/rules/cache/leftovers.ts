import type {Command, Script} from '../../shell/script.ts';
import {appendToRun} from '../package/commands.ts';
import {failAt, fixOf} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import type {ManagerName} from '../package/managers.ts';
import {isMounted} from '../package/mounts.ts';
import {askedOf, finalRunsOf, type Run} from '../package/runs.ts';
import {environmentOf} from '../package/variables.ts';
import type {Fix, Rule} from '../rule.ts';
import {removesAny} from './removals.ts';

/** What a manager leaves in the layer, and what keeps it out. */
export interface Leftover {
	readonly managers: readonly ManagerName[];
	/** What is left, for the message. */
	readonly what: string;
	/** Whether this invocation leaves something. */
	readonly leaves: (invocation: Invocation) => boolean;
	/** Whether this one takes it away again. */
	readonly cleans: (invocation: Invocation) => boolean;
	readonly folders: readonly string[];
	/** Variables with which nothing is left. */
	readonly variables?: readonly string[];
	/** What to write for it. */
	readonly write: (invocation: Invocation) => string;
	/** Made for each invocation where `each` is true, else for a RUN: the command to put at its end. */
	readonly each?: boolean;
	readonly repair?: (invocation: Invocation, script: Script) => Fix | undefined;
}

/** Findings for the RUNs of the image that keep what nothing needs any more. */
export function leftoverRule(leftover: Leftover): Rule {
	return function* (subject) {
		const env = environmentOf(subject);
		const isOff = (command: Command): boolean =>
			(leftover.variables ?? []).some(name => env(command, name) !== undefined);
		for (const run of finalRunsOf(subject)) {
			const left = leftIn(run, leftover).filter(({command}) => !isOff(command));
			for (const invocation of leftover.each === true ? left : left.slice(0, 1)) {
				const message = `This layer keeps ${leftover.what}, which nothing needs any more, and removing it in a later one does not help: write ${leftover.write(invocation)}.`;
				yield failAt(subject, invocation.command, message, leftover.repair?.(invocation, run.script));
			}
		}
	};
}

/** What fills a folder that nothing empties after the last of it. */
function leftIn(run: Run, {managers, leaves, cleans, folders}: Leftover): readonly Invocation[] {
	const {script} = run;
	const invocations = askedOf(run, ...managers);
	const filling = invocations.filter(leaves);
	const last = filling.at(-1);
	if (last === undefined || folders.some(folder => isMounted(script.instruction, folder))) {
		return [];
	}
	const after = script.commands.slice(script.commands.indexOf(last.command));
	const own = new Set(invocations.filter(cleans).map(({command}) => command));
	return after.some(command => own.has(command) || removesAny(command, folders)) ? [] : filling;
}

/** A repair that puts a command at the end of the RUN, as whoever ran the other. */
export function cleaned({command}: Invocation, script: Script, what: string): Fix | undefined {
	const {startedBy} = command;
	// What `su` or `sh -c` start may run as somebody else.
	if (startedBy !== undefined && !SAME_USER.has(startedBy)) {
		return undefined;
	}
	return fixOf(what, appendToRun(script, startedBy === 'sudo' ? `sudo ${what}` : what));
}

const SAME_USER: ReadonlySet<string> = new Set([
	'sudo',
	'env',
	'time',
	'timeout',
	'nice',
	'ionice',
	'eatmydata',
	'command',
]);
