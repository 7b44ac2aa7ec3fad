import type {Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Rule} from '../rule.ts';
import {type FileLine, isBlank, linesOf} from './written.ts';

export const noEmptyContinuation: Rule = function* (subject) {
	const {dockerfile, file} = subject;
	const lines = linesOf(subject);
	for (const instruction of dockerfile.instructions) {
		const empty = linesIn(instruction, lines).filter(line => isBlank(dockerfile, line));
		const [first] = empty;
		if (first === undefined) {
			continue;
		}

		const edits: readonly Edit[] = empty.map(({start, next}) => ({span: {start, end: next}, text: ''}));
		yield {
			result: 'fail',
			message: `${instruction.keyword} goes on after an empty line, which BuildKit will refuse one day: remove the line, or put a # in it.`,
			place: {file, line: first.number},
			fix: {title: `${empty.length === 1 ? 'the empty line' : 'the empty lines'} removed`, edits},
		};
	}
};

/** The lines that the instruction's own text goes over, its heredocs left out. */
function linesIn({line, endLine, heredocs}: Instruction, lines: readonly FileLine[]): readonly FileLine[] {
	const [body] = heredocs;
	const own = lines.slice(line, endLine);
	return body === undefined ? own : own.filter(({start}) => start < body.span.start);
}
