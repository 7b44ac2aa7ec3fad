import type {Instruction} from '../../dockerfile/ast.ts';
import {runsOf} from '../package/runs.ts';
import type {Subject} from '../rule.ts';

/** A text that a build runs or writes into a file. */
interface Text {
	readonly text: string;
	readonly instruction: Instruction;
	lineOf(at: number): number;
}

/** The code of every RUN, and what COPY and ADD write from the Dockerfile itself. */
export function textsOf(subject: Subject): readonly Text[] {
	const scripts = runsOf(subject).map(({script}) => ({
		text: script.text,
		instruction: script.instruction,
		lineOf: (at: number) => script.lineOf(at),
	}));
	const files = subject.steps
		.filter(
			({stage, instruction: {keyword}}) =>
				subject.roleOf(stage) !== 'unused' && (keyword === 'COPY' || keyword === 'ADD'),
		)
		.flatMap(({instruction}) =>
			instruction.heredocs.map(({content}) => ({text: content, instruction, lineOf: () => instruction.line})),
		);
	return [...scripts, ...files].toSorted((a, b) => a.instruction.line - b.instruction.line);
}

/** The first place in a text where a setting is made, and its name. */
export function settingIn(
	{text, lineOf}: Text,
	pattern: RegExp,
): {readonly name: string; readonly line: number} | undefined {
	const found = pattern.exec(text);
	return found === null ? undefined : {name: found[1] ?? found[0], line: lineOf(found.index)};
}
