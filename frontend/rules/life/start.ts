import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Command} from '../../shell/script.ts';
import type {Subject} from '../rule.ts';

/** What the image starts with, as far as the file says. */
export interface Start {
	readonly entrypoint: Instruction | undefined;
	/** Absent, too, where an ENTRYPOINT after it has taken it away. */
	readonly cmd: Instruction | undefined;
}

export function startOf({chain}: Pick<Subject, 'chain'>): Start {
	return startIn(chain.stages);
}

/** An ENTRYPOINT takes away the CMD of the stages below, but not its own stage's. */
export function startIn(stages: readonly Stage[]): Start {
	let start: Start = {entrypoint: undefined, cmd: undefined};
	for (const {instructions} of stages) {
		const entrypoint = instructions.findLast(({keyword}) => keyword === 'ENTRYPOINT');
		const cmd = instructions.findLast(({keyword}) => keyword === 'CMD');
		start = {
			entrypoint: entrypoint ?? start.entrypoint,
			cmd: cmd ?? (entrypoint === undefined ? start.cmd : undefined),
		};
	}

	return start;
}

/** The commands that the container starts with: ENTRYPOINT's, and CMD's where it is more than arguments. */
export function startCommands({scripts, chain}: Pick<Subject, 'scripts' | 'chain'>): readonly Command[] {
	const {entrypoint, cmd} = startOf({chain});
	// A shell form of ENTRYPOINT does not look at CMD.
	const isAlone = entrypoint !== undefined && entrypoint.json === undefined;
	const wanted = new Set(isAlone ? [entrypoint] : [entrypoint, cmd]);
	return scripts.filter(({instruction}) => wanted.has(instruction)).flatMap(({commands}) => commands);
}
