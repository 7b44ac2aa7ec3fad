import type {Edit} from '../dockerfile/edit.ts';
import {removeCommand} from '../shell/edits.ts';
import type {Command, Script} from '../shell/script.ts';
import {withoutInstruction} from './instruction-edits.ts';
import type {Subject} from './rule.ts';

/** The code that the build itself runs, in the order of the file: every RUN of the stages that are built. */
export function ranScripts(subject: Subject): readonly Script[] {
	return subject.scripts.filter(
		({instruction, isTrigger, stage}) =>
			instruction.keyword === 'RUN' && !isTrigger && subject.roleOf(stage) !== 'unused',
	);
}

/** Commands of these names in that code. */
export function ranCommands(subject: Subject, ...names: readonly string[]): readonly Command[] {
	return subject.commandsNamedIn(
		({instruction, stage}) => instruction.keyword === 'RUN' && subject.roleOf(stage) !== 'unused',
		...names,
	);
}

/** Takes a command out of its list, and the RUN with its only one. */
export function withoutCommand(command: Command): Edit | undefined {
	const {script, starter} = command;
	if (starter !== undefined) {
		return undefined;
	}
	const {dockerfile, instruction, tree} = script;
	const [statement, ...more] = tree?.commands ?? [];
	const isOnly =
		more.length === 0 && statement?.command.type === 'Command' && instruction.heredocs.length === 0;
	const isWhole =
		isOnly &&
		command.place?.start === statement.command.pos &&
		script.text.length === script.instruction.args.length;
	return isWhole ? withoutInstruction(dockerfile, instruction) : removeCommand(command);
}
