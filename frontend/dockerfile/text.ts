import type {Span} from './ast.ts';
import {decode} from './bytes.ts';

/** An instruction's text: continuations joined, comments dropped; and where each of its bytes lies in the file. */
export interface Text {
	/** One character per byte. */
	readonly binary: string;
	/** One per source line that gave something, in order. */
	readonly pieces: readonly Piece[];
}

interface Piece {
	/** Offset in `Text.binary`. */
	readonly at: number;
	/** Offset in the file. */
	readonly source: number;
	/** 1-based. */
	readonly line: number;
}

/** Where the byte at `at` lies in the file. */
export function placeOf(text: Text, at: number): {readonly offset: number; readonly line: number} {
	let low = 0;
	let high = text.pieces.length - 1;
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if ((text.pieces[middle]?.at ?? 0) <= at) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	const piece = text.pieces[low] ?? {at: 0, source: 0, line: 1};
	return {offset: piece.source + at - piece.at, line: piece.line};
}

/** The file's bytes from the one at `start` to the one before `end`; a joined word's span holds the line break too. */
export function spanOf(text: Text, start: number, end: number): Span {
	const first = placeOf(text, start).offset;
	return {start: first, end: end > start ? placeOf(text, end - 1).offset + 1 : first};
}

/** A word of the AST from offsets in the text. */
export function wordOf(text: Text, start: number, end: number, raw = text.binary.slice(start, end)) {
	return {text: decode(raw), line: placeOf(text, start).line, span: spanOf(text, start, end)};
}
