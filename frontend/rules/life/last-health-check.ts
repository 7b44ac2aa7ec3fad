import type {Instruction} from '../../dockerfile/ast.ts';
import type {Subject} from '../rule.ts';

/** The HEALTHCHECK that the image ends up with, of all stages that make it up; absent where only the base may have one. */
export function lastHealthCheck({steps, chain}: Subject): Instruction | undefined {
	const stages = new Set(chain.stages);
	return steps.findLast(({stage, instruction}) => instruction.keyword === 'HEALTHCHECK' && stages.has(stage))
		?.instruction;
}

export function isNone({words}: Instruction): boolean {
	return words[0]?.text.toUpperCase() === 'NONE';
}
