import type {Command} from './script.ts';

/** What stands between two bars: a command and what it starts; nothing for a loop, a subshell or another compound. */
export type PipePart = readonly Command[];

/** Two parts or more, in the order in which the data goes. */
export type Pipe = readonly PipePart[];

/** The pipes among a script's commands, those in substitutions and in `sh -c` too. */
export function pipesOf(commands: readonly Command[]): readonly Pipe[] {
	const pipes: Command[][][] = [];
	const partOf = new Map<Command, Command[]>();
	const lastIn = new Map<number, Last>();
	for (const command of commands) {
		const {starter, list} = command;
		const started = starter === undefined ? undefined : partOf.get(starter);
		const part = started ?? [];
		part.push(command);
		partOf.set(command, part);
		if (started === undefined) {
			lastIn.set(list, {pipe: withPart(pipes, part, command, lastIn.get(list)), command});
		}
	}
	return pipes.map(closed).filter(({length}) => length > 1);
}

interface Last {
	readonly pipe: Command[][];
	readonly command: Command;
}

/** Hangs a part on the pipe that the command follows, or begins a new one, and says which it is in. */
function withPart(pipes: Command[][][], part: Command[], {joint, place}: Command, last?: Last): Command[][] {
	if (joint === '|' && last !== undefined && last.command.place?.end === place?.previousEnd) {
		last.pipe.push(part);
		return last.pipe;
	}
	const pipe = joint === '|' ? [[], part] : [part];
	pipes.push(pipe);
	return pipe;
}

/** What comes after the last command's bar is no command. */
function closed(pipe: readonly PipePart[]): Pipe {
	const last = pipe.at(-1)?.[0];
	return last?.place?.nextJoint === '|' ? [...pipe, []] : pipe;
}
