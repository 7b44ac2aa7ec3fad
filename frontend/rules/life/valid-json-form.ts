import type {Instruction} from '../../dockerfile/ast.ts';
import type {Rule} from '../rule.ts';
import {repairedArray} from './broken-array.ts';

const keywords: ReadonlySet<string> = new Set([
	'ADD',
	'CMD',
	'COPY',
	'ENTRYPOINT',
	'HEALTHCHECK',
	'RUN',
	'VOLUME',
]);

export const validJsonForm: Rule = function* ({dockerfile: {instructions}, file}) {
	for (const {inner, ...outer} of instructions) {
		const instruction: Instruction = inner ?? outer;
		const text = arrayIn(instruction);
		const better = text === undefined ? undefined : repairedArray(text);
		if (text === undefined || better === undefined) {
			continue;
		}

		const span = spanOf(instruction, text);
		yield {
			result: 'fail',
			message: `The brackets look like a JSON array and are none, so ${effectOf(instruction)}: write ${better.length > 100 ? 'strings in double quotes with commas between them' : better}.`,
			place: {file, line: outer.line},
			...(span === undefined ? {} : {fix: {title: 'a JSON array', edits: [{span, text: better}]}}),
		};
	}
};

function arrayIn({keyword, json, args, words}: Instruction): string | undefined {
	if (!keywords.has(keyword) || json !== undefined) {
		return undefined;
	}

	const text = keyword === 'HEALTHCHECK' ? (words[1]?.text ?? '') : args;
	return text.startsWith('[') ? text.trimEnd() : undefined;
}

function effectOf({keyword}: Instruction): string {
	return keyword === 'COPY' || keyword === 'ADD' || keyword === 'VOLUME'
		? 'brackets and quotes become part of the paths'
		: 'a shell gets it as it stands, and looks for a program of that name';
}

/** Where the array stands, when it stands there as it is read: on one line. */
function spanOf(
	{words}: Instruction,
	text: string,
): {readonly start: number; readonly end: number} | undefined {
	const first = words.find(word => word.text.startsWith('['));
	const last = words.at(-1);
	if (first === undefined || last === undefined) {
		return undefined;
	}

	const {start} = first.span;
	const {end} = last.span;
	return end - start === new TextEncoder().encode(text).length ? {start, end} : undefined;
}
