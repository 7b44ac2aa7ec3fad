import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {fromFlags} from './stage-names.ts';

export const noCircularStages: Rule = function* ({dockerfile: {stages}, file}) {
	// Of several stages with one name, BuildKit takes the last for --from.
	const named = new Map(stages.map(stage => [stage.name ?? '', stage]));
	named.delete('');
	for (const stage of stages) {
		for (const instruction of stage.instructions) {
			const other = laterStage(instruction, stage, named, stages);
			if (other !== undefined) {
				const {line} = instruction;
				const name = other.name === undefined ? `number ${other.index}` : quoted(other.name);
				const message = `Stage ${name} begins in line ${other.from.line}, after this one, so nothing can be taken from it yet, and if it needs this one neither can be built: move it above this stage.`;
				yield {result: 'fail', message, place: {file, line}};
			}
		}
	}
};

/** The stage below that the instruction takes something from. Its own stage is copy-from-other-stage's question. */
function laterStage(
	instruction: Instruction,
	own: Stage,
	named: ReadonlyMap<string, Stage>,
	stages: readonly Stage[],
): Stage | undefined {
	// A trigger acts in another build, with that build's stages.
	return (instruction.inner === undefined ? fromFlags(instruction) : [])
		.map(({name, value = ''}) => (name === 'from' ? value : (/(?:^|,)from=([^,"]+)/i.exec(value)?.[1] ?? '')))
		.map(ref => named.get(ref.toLowerCase()) ?? (/^\d{1,9}$/.test(ref) ? stages[Number(ref)] : undefined))
		.find(stage => stage !== undefined && stage.index > own.index);
}
