import type {Comment} from './ast.ts';
import {decode, skipSpace, trimEnd} from './bytes.ts';
import {ParseError} from './error.ts';
import type {Text} from './text.ts';

/** Go's `bufio.Scanner` holds 64 KiB: the longest line BuildKit reads, its line ending included. */
const MAX_LINE = 64 * 1024;

/** Where reading has come to. The only thing in this shelf that changes. */
export interface Cursor {
	readonly binary: string;
	at: number;
	/** Lines read so far. */
	line: number;
	readonly comments: Comment[];
}

export interface Line {
	readonly start: number;
	/** Before the line ending. */
	readonly end: number;
	/** After the line ending. */
	readonly next: number;
	/** 1-based. */
	readonly number: number;
}

/** The next physical line, or undefined at the end of the file. */
export function nextLine(cursor: Cursor): Line | undefined {
	const {binary, at: start} = cursor;
	if (start >= binary.length) {
		return undefined;
	}

	const newline = binary.indexOf('\n', start);
	const next = newline === -1 ? binary.length : newline + 1;
	cursor.at = next;
	cursor.line += 1;
	if (next - start > (newline === -1 ? MAX_LINE - 1 : MAX_LINE)) {
		throw new ParseError(
			'DOCKERFILE_LINE_TOO_LONG',
			`Line ${cursor.line} has more than ${MAX_LINE - 1} bytes, and BuildKit reads no longer line; split it with continuations or COPY a script`,
			{line: cursor.line},
		);
	}

	let end = newline === -1 ? next : newline;
	while (end > start && /[\r\n]/.test(binary.charAt(end - 1))) {
		end -= 1;
	}
	return {start, end, next, number: cursor.line};
}

/** Records the line as a comment when its first character after white space is `#`. */
export function takeComment(
	cursor: Cursor,
	line: Line,
	start = skipSpace(cursor.binary, line.start, line.end),
): boolean {
	if (start === line.end || cursor.binary[start] !== '#') {
		return false;
	}
	const from = skipSpace(cursor.binary, start + 1, line.end);
	const text = decode(cursor.binary.slice(from, trimEnd(cursor.binary, from, line.end)));
	cursor.comments.push({text, line: line.number, span: {start, end: line.end}});
	return true;
}

/** The text of the instruction that begins at `start` of `line`, all of its continuation lines read. */
export function readText(cursor: Cursor, line: Line, start: number, escapeBy: string): Text & Ending {
	const pieces: Text['pieces'][number][] = [];
	const parts: string[] = [];
	let at = 0;
	let last = line;
	let openEscapes: number[] = [];
	let escapeAt = takePiece(line, start);

	function takePiece(from: Line, source: number): number | undefined {
		const open = continuationOf(cursor.binary, source, from.end, escapeBy);
		const part = cursor.binary.slice(source, open ?? from.end);
		if (open !== undefined) {
			openEscapes = skipSpace(part, 0) === part.length ? openEscapes : [];
			openEscapes.push(open);
		}
		if (part !== '') {
			pieces.push({at, source, line: from.number});
			parts.push(part);
			at += part.length;
		}
		return open;
	}

	while (escapeAt !== undefined) {
		const more = nextLine(cursor);
		if (more === undefined) {
			break;
		}
		last = more;
		const content = skipSpace(cursor.binary, more.start, more.end);
		// BuildKit skips comments and (with a warning) empty lines here, and goes on continuing.
		if (content < more.end && !takeComment(cursor, more, content)) {
			escapeAt = takePiece(more, more.start);
		}
	}
	return {binary: parts.join(''), pieces, last, ...(escapeAt === undefined ? {} : {openEscapes})};
}

interface Ending {
	/** The last line read. */
	readonly last: Line;
	/** Offsets in the file of the escape characters that found nothing to continue with. */
	readonly openEscapes?: readonly number[];
}

/** Offset of the escape character that continues the line; two in a row do not. */
function continuationOf(binary: string, start: number, end: number, escapeBy: string): number | undefined {
	let at = end;
	while (at > start && /[ \t]/.test(binary.charAt(at - 1))) {
		at -= 1;
	}
	const isEscape = at > start && binary[at - 1] === escapeBy;
	return isEscape && (at - 1 === start || binary[at - 2] !== escapeBy) ? at - 1 : undefined;
}
