import type {Stage} from '../../dockerfile/ast.ts';
import type {Rule} from '../rule.ts';
import {fromFlags} from '../syntax/stage-names.ts';

export const copyFromOtherStage: Rule = function* ({dockerfile: {stages}, file}) {
	// Of several stages with one name, BuildKit takes the last for --from.
	const named = new Map(stages.map(stage => [stage.name ?? '', stage]));
	named.delete('');
	for (const stage of stages) {
		for (const instruction of stage.instructions) {
			const refs = instruction.inner === undefined ? fromFlags(instruction).map(refOf) : [];
			if (refs.some(ref => isOwn(ref, stage, named))) {
				const message =
					'This takes files from its own stage, which is not finished yet, so nothing can be built: name a stage above, or leave --from out for files of the build context.';
				yield {result: 'fail', message, place: {file, line: instruction.line}};
			}
		}
	}
};

function refOf({name, value = ''}: {readonly name: string; readonly value?: string}): string {
	return name === 'from' ? value : (/(?:^|,)from=([^,"]+)/i.exec(value)?.[1] ?? '');
}

function isOwn(ref: string, stage: Stage, named: ReadonlyMap<string, Stage>): boolean {
	const byName = named.get(ref.toLowerCase());
	return byName === undefined ? /^\d{1,9}$/.test(ref) && Number(ref) === stage.index : byName === stage;
}
