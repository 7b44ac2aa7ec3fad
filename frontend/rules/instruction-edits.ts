import type {Dockerfile, Instruction, Word} from '../dockerfile/ast.ts';
import type {Edit} from '../dockerfile/edit.ts';

const LINE_FEED = 0x0a;

/** Takes an instruction out, its line ending included. Absent where something else stands on its lines. */
export function withoutInstruction(
	{bytes}: Pick<Dockerfile, 'bytes'>,
	{span, openEscapes = []}: Instruction,
): Edit | undefined {
	const before = bytes.lastIndexOf(LINE_FEED, span.start - 1) + 1;
	const start = span.start === 0 ? 0 : before;
	const feed = bytes.indexOf(LINE_FEED, span.end);
	const end = feed === -1 ? bytes.length : feed + 1;
	const isAlone =
		isBlank(bytes.subarray(start, span.start)) && isBlank(bytes.subarray(span.end, feed === -1 ? end : feed));
	return isAlone && openEscapes.length === 0 ? {span: {start, end}, text: ''} : undefined;
}

/** Takes one of an instruction's words out, the instruction with its only word. Absent where words stand on several lines. */
export function withoutWord(dockerfile: Dockerfile, instruction: Instruction, word: Word): Edit | undefined {
	const {words} = instruction;
	const at = words.indexOf(word);
	if (words.length === 1) {
		return withoutInstruction(dockerfile, instruction);
	}

	const start = at === 0 ? word.span.start : words[at - 1]?.span.end;
	const end = at === 0 ? words[1]?.span.start : word.span.end;
	if (at === -1 || start === undefined || end === undefined) {
		return undefined;
	}

	return dockerfile.bytes.subarray(start, end).includes(LINE_FEED)
		? undefined
		: {span: {start, end}, text: ''};
}

/** Puts a flag before the instruction's other words: `RUN --mount=… npm ci`. */
export function withFlag({keyword, span}: Instruction, flag: string): Edit {
	const at = span.start + keyword.length;
	return {span: {start: at, end: at}, text: ` ${flag}`};
}

function isBlank(bytes: Uint8Array): boolean {
	return bytes.every(byte => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
