import {quoted} from '../../dockerfile/error.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule, Subject} from '../rule.ts';

/** BuildKit shows the comment right above an argument or a named stage as its description, if it begins with the name. */
export const describedArguments: Rule = function* (subject) {
	const {dockerfile, ignores, file} = subject;
	const told = new Set(ignores.map(({line}) => line));
	const above = new Map(dockerfile.comments.map(comment => [comment.line + 1, comment]));
	for (const {names, line} of definitions(subject)) {
		const comment = above.get(line);
		const [first = ''] = comment?.text.split(' ', 1) ?? [];
		const [name] = names;
		// What is said to tools has to stand where it stands.
		if (comment === undefined || name === undefined || told.has(comment.line) || first === '') {
			continue;
		}

		if (!names.includes(first)) {
			const at = dockerfile.bytes.indexOf(0x0a, comment.span.end);
			yield {
				result: 'fail',
				message: `The comment above ${quoted(name)} would be its description if it began with that name, letter by letter: begin it so, or put a line with nothing but a # between them.`,
				place: {file, line: comment.line},
				...(at < 0
					? {}
					: {
							fix: {
								title: 'a line with a # after the comment',
								edits: [{span: {start: at, end: at}, text: '\n#'}],
							},
						}),
			};
		}
	}
};

interface Definition {
	readonly names: readonly string[];
	readonly line: number;
}

function definitions({dockerfile}: Subject): readonly Definition[] {
	const {stages, instructions, escape: escapeBy} = dockerfile;
	const named = stages.map(({name, from}) => ({
		names: name === undefined ? [] : [name.toLowerCase()],
		line: from.line,
	}));
	const args = instructions
		.filter(({keyword}) => keyword === 'ARG')
		.map(instruction => ({
			names: pairsOf(instruction, escapeBy).map(({name}) => name),
			line: instruction.line,
		}));
	return [...named, ...args].toSorted((a, b) => a.line - b.line);
}
