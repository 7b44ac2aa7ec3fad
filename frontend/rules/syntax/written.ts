import type {Dockerfile, Instruction, Span} from '../../dockerfile/ast.ts';
import {derived} from '../derived.ts';
import type {Subject} from '../rule.ts';

/** The author's own text of a span. */
export function textAt({bytes}: Pick<Dockerfile, 'bytes'>, {start, end}: Span): string {
	return new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes.subarray(start, end));
}

/** The keyword as its author wrote it; absent where it is parted over lines, or written with other letters than a to z. */
export function keywordAt(
	dockerfile: Dockerfile,
	{keyword, span}: Instruction,
): {readonly text: string; readonly span: Span} | undefined {
	const place = {start: span.start, end: span.start + keyword.length};
	const text = textAt(dockerfile, place);
	return text.toUpperCase() === keyword && /^[a-zA-Z]+$/.test(text) ? {text, span: place} : undefined;
}

/** A physical line of the file, by the bytes before and after its line ending. */
export interface FileLine extends Span {
	/** 1-based. */
	readonly number: number;
	readonly next: number;
}

/** Every line of the file; `\r` before the line feed belongs to the ending. */
export const linesOf: (subject: Subject) => readonly FileLine[] = derived(({dockerfile}) =>
	linesIn(dockerfile),
);

function linesIn({bytes}: Dockerfile): readonly FileLine[] {
	const lines: FileLine[] = [];
	for (let start = 0; start < bytes.length; ) {
		const feed = bytes.indexOf(0x0a, start);
		const next = feed === -1 ? bytes.length : feed + 1;
		const stop = feed === -1 ? bytes.length : feed;
		const end = stop > start && bytes[stop - 1] === 0x0d ? stop - 1 : stop;
		lines.push({start, end, next, number: lines.length + 1});
		start = next;
	}

	return lines;
}

/** Whether there are only spaces and tabs in it. */
export function isBlank({bytes}: Pick<Dockerfile, 'bytes'>, {start, end}: Span): boolean {
	return bytes.subarray(start, end).every(byte => byte === 0x20 || byte === 0x09);
}

/** For places in ascending order: whether each lies in a heredoc's body, its last line included. */
export function heredocWalk({instructions}: Dockerfile): (at: number) => boolean {
	const bodies = instructions.flatMap(({heredocs, span}) =>
		heredocs.map((heredoc, index) => ({
			start: heredoc.span.start,
			end: heredocs[index + 1]?.span.start ?? span.end,
		})),
	);
	let next = 0;
	return at => {
		while (next < bodies.length && (bodies[next]?.end ?? 0) <= at) {
			next += 1;
		}

		return (bodies[next]?.start ?? Number.POSITIVE_INFINITY) <= at;
	};
}
