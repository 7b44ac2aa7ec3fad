import type {Stage} from '../../dockerfile/ast.ts';
import {withoutInstruction} from '../instruction-edits.ts';
import type {RuleFinding, Subject} from '../rule.ts';

/** Every instruction of this kind but the last of its stage, which is the only one that acts. */
export function* repeatedIn({dockerfile, file}: Subject, keyword: string): Generator<RuleFinding> {
	for (const stage of dockerfile.stages) {
		yield* repeatedOf(stage, keyword, {dockerfile, file});
	}
}

function* repeatedOf(
	{instructions}: Stage,
	keyword: string,
	{dockerfile, file}: Pick<Subject, 'dockerfile' | 'file'>,
): Generator<RuleFinding> {
	const all = instructions.filter(each => each.keyword === keyword);
	const last = all.at(-1);
	for (const instruction of all.slice(0, -1)) {
		const edit = withoutInstruction(dockerfile, instruction);
		yield {
			result: 'fail',
			message: `This ${keyword} has no effect, because the one in line ${last?.line} of the same stage replaces it: remove it, or keep only the one that is meant.`,
			place: {file, line: instruction.line},
			...(edit === undefined ? {} : {fix: {title: `${keyword} of line ${last?.line} kept`, edits: [edit]}}),
		};
	}
}
