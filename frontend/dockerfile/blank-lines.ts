import type {Dockerfile, Span} from './ast.ts';
import {type Edit, touchesAny} from './edit.ts';

/**
 * An edit that puts whole lines between the author's, made to take the place of empty lines beside it, so that no other line
 * moves; undefined where there are too few of them. Every other edit stays as it is.
 */
export function intoBlankLines({bytes, instructions}: Dockerfile): (edit: Edit) => Edit | undefined {
	// An empty line within an instruction is a part of it, or of its here-document.
	const taken = instructions.map(({span}) => span);
	return edit => {
		const {span, text} = edit;
		const added = text.split('\n').length - 1;
		if (added === 0 || bytes.subarray(span.start, span.end).includes(LINE_FEED)) {
			return edit;
		}

		const blank = blankBeside(bytes, edit, added);
		return blank === undefined || touchesAny(taken, blank)
			? undefined
			: {span: {start: Math.min(span.start, blank.start), end: Math.max(span.end, blank.end)}, text};
	};
}

const LINE_FEED = 0x0a;
const SPACE = 0x20;

function blankBeside(bytes: Uint8Array, {span, text}: Edit, count: number): Span | undefined {
	if (/^\r?\n/.test(text)) {
		return blankAfterLine(bytes, span.end, count);
	}

	const isInserted = span.start === span.end && text.endsWith('\n');
	return (
		blankAbove(bytes, span.start, count) ?? (isInserted ? blankBelow(bytes, span.start, count) : undefined)
	);
}

/** The lines that end where this one begins. */
function blankAbove(bytes: Uint8Array, at: number, count: number): Span | undefined {
	let start = at;
	for (let left = count; left > 0; left -= 1) {
		if (start === 0 || bytes[start - 1] !== LINE_FEED) {
			return undefined;
		}

		const above = start < 2 ? 0 : bytes.lastIndexOf(LINE_FEED, start - 2) + 1;
		if (!isBlank(bytes, above, start)) {
			return undefined;
		}

		start = above;
	}

	return {start, end: at};
}

/** The lines that begin here. */
function blankBelow(bytes: Uint8Array, at: number, count: number): Span | undefined {
	let end = at;
	for (let left = count; left > 0; left -= 1) {
		const feed = bytes.indexOf(LINE_FEED, end);
		if ((end > 0 && bytes[end - 1] !== LINE_FEED) || feed === -1 || !isBlank(bytes, end, feed)) {
			return undefined;
		}

		end = feed + 1;
	}

	return {start: at, end};
}

/** What stands between the end of a line and the line ending of the last empty one after it. */
function blankAfterLine(bytes: Uint8Array, at: number, count: number): Span | undefined {
	const feed = bytes.indexOf(LINE_FEED, at);
	const isAtEnd = feed !== -1 && isBlank(bytes, at, feed);
	const blank = isAtEnd ? blankBelow(bytes, feed + 1, count) : undefined;
	if (blank === undefined) {
		return undefined;
	}

	const isCarriage = bytes[blank.end - 2] === 0x0d;
	return {start: at, end: blank.end - (isCarriage ? 2 : 1)};
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
	return bytes.subarray(start, end).every(byte => byte <= SPACE);
}
