import type {Instruction} from '../dockerfile/ast.ts';
import type {Script} from '../shell/script.ts';
import type {Subject} from './rule.ts';

const known = new WeakMap<Subject, ReadonlyMap<Instruction, readonly Script[]>>();

/** The code of one instruction; asking for every instruction's takes one pass over the file. */
export function scriptsOf(subject: Subject, instruction: Instruction): readonly Script[] {
	const scripts = known.get(subject) ?? Map.groupBy(subject.scripts, each => each.instruction);
	known.set(subject, scripts);
	return scripts.get(instruction) ?? [];
}
