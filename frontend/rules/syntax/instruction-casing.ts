import type {Instruction} from '../../dockerfile/ast.ts';
import type {Rule} from '../rule.ts';
import {keywordAt} from './written.ts';

export const instructionCasing: Rule = function* ({dockerfile, file}) {
	// As BuildKit counts: what stands before the first FROM has no vote.
	const all = dockerfile.stages.flatMap(({from, instructions}) => [from, ...instructions]);
	const words = all.map(instruction => ({instruction, word: keywordAt(dockerfile, instruction)}));
	const lower = words.filter(({word}) => word !== undefined && word.text === word.text.toLowerCase()).length;
	const upper = words.filter(({instruction, word}) => word?.text === instruction.keyword).length;
	const isLower = lower > upper;
	for (const {instruction, word} of words) {
		const wanted = casedAs(instruction, isLower);
		if (word === undefined || word.text === wanted) {
			continue;
		}

		yield {
			result: 'fail',
			message: `${word.text} is not written as most instructions of this file are: write ${wanted}.`,
			place: {file, line: instruction.line},
			fix: {title: `written ${wanted}`, edits: [{span: word.span, text: wanted}]},
		};
	}
};

function casedAs({keyword}: Instruction, isLower: boolean): string {
	return isLower ? keyword.toLowerCase() : keyword;
}
