import type {Dockerfile, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';

const LINE_FEED = 0x0a;

/**
 * Another text in the place of a whole instruction. Its line ending is replaced by itself, so that no other repair hangs
 * something on what is no longer there.
 */
export function instead({bytes}: Dockerfile, {span}: Instruction, text: string): Edit {
	const feed = bytes.indexOf(LINE_FEED, span.end);
	const end = feed === -1 ? bytes.length : feed + 1;
	const ending = feed === -1 ? '' : bytes[feed - 1] === 0x0d ? '\r\n' : '\n';
	return {span: {start: span.start, end}, text: text + ending};
}

/** Replaces an instruction's keyword, and the blank behind it, by itself: no other repair gives it a flag meanwhile. */
export function heldKeyword({bytes}: Dockerfile, {span, keyword}: Instruction): Edit {
	const end = span.start + keyword.length + 1;
	return {span: {start: span.start, end}, text: new TextDecoder().decode(bytes.subarray(span.start, end))};
}
