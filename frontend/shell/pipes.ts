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

/**
 * What goes down a pipe from a group, a subshell or a loop, by the command that reads it: `(a || b) | c` has `a` and `b` before
 * `c`.
 */
export function groupsBefore(commands: readonly Command[]): ReadonlyMap<Command, readonly Command[]> {
	const groups = new Map<Command, readonly Command[]>();
	for (const [at, command] of commands.entries()) {
		const {joint, place, starter} = command;
		const {previousStart: from = 0, previousEnd: to = 0} = place ?? {};
		const isFirst = joint === '|' && starter === undefined && place !== undefined;
		if (isFirst && commands[at - 1] !== undefined) {
			const inside = before(commands, at, command.script, from, to);
			if (!inside.some(({list}) => list === command.list)) {
				groups.set(command, inside);
			}
		}
	}
	return groups;
}

function before(
	commands: readonly Command[],
	end: number,
	script: Command['script'],
	from: number,
	to: number,
): readonly Command[] {
	let start = end;
	for (let at = end - 1; at >= 0; at -= 1) {
		const command = commands[at];
		const place = command?.script === script ? command.nameWord?.start : undefined;
		if (place !== undefined && (place < from || place >= to)) {
			break;
		}
		start = at;
	}
	return commands.slice(start, end);
}
