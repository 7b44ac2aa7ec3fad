import type {Span} from '../dockerfile/ast.ts';

const LINE_FEED = 0x0a;

/** The whole lines that a span touches, with the last one's line ending: what to replace by nothing to take them out. */
export function lineSpanOf(bytes: Uint8Array, {start, end}: Span): Span {
	const before = start === 0 ? -1 : bytes.lastIndexOf(LINE_FEED, start - 1);
	const after = bytes.indexOf(LINE_FEED, end);
	return {start: before + 1, end: after === -1 ? bytes.length : after + 1};
}
