import type {Instruction} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import {withoutInstruction} from '../instruction-edits.ts';
import type {Fix, Rule, Subject} from '../rule.ts';

const KEY = 'org.opencontainers.image.authors';

export const noMaintainer: Rule = function* (subject) {
	const {dockerfile, file} = subject;
	for (const {instructions} of dockerfile.stages) {
		const hasLabel = instructions.some(
			instruction =>
				instruction.keyword === 'LABEL' &&
				pairsOf(instruction, dockerfile.escape).some(({name}) => name === KEY),
		);
		for (const instruction of instructions) {
			if (instruction.keyword === 'MAINTAINER') {
				const fix = fixOf(instruction, hasLabel, subject);
				yield {
					result: 'fail',
					message: `MAINTAINER is deprecated, and few tools read it: write LABEL ${KEY}="…".`,
					place: {file, line: instruction.line},
					...(fix === undefined ? {} : {fix}),
				};
			}
		}
	}
};

/** MAINTAINER takes its line as it is, variables and quotes included; a label's value has to say so. */
function fixOf(instruction: Instruction, hasLabel: boolean, {dockerfile}: Subject): Fix | undefined {
	if (hasLabel) {
		const edit = withoutInstruction(dockerfile, instruction);
		return edit === undefined ? undefined : {title: 'MAINTAINER taken out', edits: [edit]};
	}

	const {args, span, line, endLine, openEscapes = []} = instruction;
	const by = dockerfile.escape;
	const value = args.replaceAll(/["$\\`]/g, sign => (sign === '`' && by !== '`' ? sign : `${by}${sign}`));
	// A line that goes on, or signs that a shell-like reader would take for more, are left to the author.
	return line !== endLine ||
		openEscapes.length > 0 ||
		/\p{Cc}/u.test(args) ||
		(by === '`' && args.includes('\\'))
		? undefined
		: {title: `LABEL ${KEY}`, edits: [{span, text: `LABEL ${KEY}="${value}"`}]};
}
