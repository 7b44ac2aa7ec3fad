import type {Dockerfile, Instruction, Span, Stage} from './ast.ts';

/** Replaces the bytes of `span` by `text`. */
export interface Edit {
	readonly span: Span;
	readonly text: string;
}

/**
 * `kept`: every line of the author's keeps its number, so that BuildKit's messages stay true; an edit that takes lines away
 * leaves empty ones, and one that adds lines is refused. `free`: for a file that is written back to its author.
 */
export type LineMode = 'kept' | 'free';

/** Instructions of one line each for the end of a stage. */
export interface Append {
	readonly stage: Stage;
	readonly lines: readonly string[];
}

/**
 * The author's bytes with the edits in them; all other bytes stay as they are.
 * @param append lines for the end of a stage. They come right after its last instruction, before comments that follow
 * it. Lines before them keep their numbers.
 * @throws {Error} for a caller's mistake: edits that overlap or lie outside the file, or add lines that must be kept
 */
export function applyEdits(
	dockerfile: Dockerfile,
	edits: readonly Edit[],
	append?: Append,
	lines: LineMode = 'kept',
): Uint8Array {
	const added =
		append === undefined || append.lines.length === 0 ? [] : appendEdits(dockerfile, append, edits);
	// The sort is stable: an edit that ends where the lines are put in comes before them.
	const sorted = [...(lines === 'free' ? edits : edits.map(edit => padded(dockerfile, edit))), ...added].sort(
		(a, b) => a.span.start - b.span.start || a.span.end - b.span.end,
	);
	const parts: Uint8Array[] = [];
	let copied = 0;
	for (const {span, text} of sorted) {
		if (span.start < copied || span.end < span.start || span.end > dockerfile.bytes.length) {
			throw new Error(
				`The edit of bytes ${span.start} to ${span.end} overlaps another or lies outside the file`,
			);
		}
		parts.push(dockerfile.bytes.subarray(copied, span.start), new TextEncoder().encode(text));
		copied = span.end;
	}
	return concat([...parts, dockerfile.bytes.subarray(copied)]);
}

/**
 * Tells whether an edit can be made without moving a line that follows: it adds none, and those that it takes away can be
 * left empty, which must not be what they are already. An empty line inside a heredoc would be content.
 */
export function lineKeeper(dockerfile: Dockerfile): (edit: Edit) => boolean {
	const bodies = dockerfile.instructions.flatMap(({heredocs}) => heredocs.map(({span}) => span));
	return edit => {
		const lost = linesLost(dockerfile, edit);
		return lost === 0 || (lost > 0 && !touchesAny(bodies, edit.span) && isChange(dockerfile, edit));
	};
}

/** Taking away empty lines, and leaving them empty, is nothing. */
function isChange({bytes}: Dockerfile, {span, text}: Edit): boolean {
	return text.trim() !== '' || bytes.subarray(span.start, span.end).some(byte => byte > 0x20);
}

/** @param spans in order, apart from each other */
export function touchesAny(spans: readonly Span[], {start, end}: Span): boolean {
	let low = 0;
	let high = spans.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((spans[middle]?.end ?? 0) <= start) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	const next = spans[low];
	return next !== undefined && next.start < end;
}

function padded(dockerfile: Dockerfile, edit: Edit): Edit {
	const lost = linesLost(dockerfile, edit);
	if (lost < 0) {
		const {start, end} = edit.span;
		throw new Error(`The edit of bytes ${start} to ${end} would move the lines that follow`);
	}

	return {...edit, text: edit.text + '\n'.repeat(lost)};
}

function linesLost({bytes}: Dockerfile, {span, text}: Edit): number {
	const before = bytes
		.subarray(span.start, span.end)
		.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0);
	return before - (text.split('\n').length - 1);
}

const LINE_FEED = 0x0a;

function appendEdits(
	dockerfile: Dockerfile,
	{stage, lines}: Append,
	edits: readonly Edit[],
): readonly Edit[] {
	const bad = lines.find(
		line => /[\r\n]/.test(line) || line.trim() === '' || line.trimEnd().endsWith(dockerfile.escape),
	);
	if (bad !== undefined) {
		throw new Error(`A line to append is no instruction of one line: ${JSON.stringify(bad)}`);
	}
	const {bytes} = dockerfile;
	const newline = bytes.indexOf(LINE_FEED, stage.span.end);
	const at = newline === -1 ? bytes.length : newline + 1;
	const ending = endingOf(bytes, newline);
	const text = lines.map(line => `${line}${ending}`).join('');
	const start = newline === -1 ? `${ending}${text}` : text;
	const last = stage.instructions.at(-1) ?? stage.from;
	// Where an edit replaces the escape character itself, its text decides.
	const close = closeEdits(dockerfile, last).filter(({span}) => !edits.some(edit => covers(edit.span, span)));
	return [...close, {span: {start: at, end: at}, text: start}];
}

function covers(outer: Span, inner: Span): boolean {
	return outer.start <= inner.start && inner.end <= outer.end;
}

/** The line ending of the line that the feed ends, or of the file's first line when it ends without one. */
function endingOf(bytes: Uint8Array, newline: number): string {
	const feed = newline === -1 ? bytes.indexOf(LINE_FEED) : newline;
	return feed > 0 && bytes[feed - 1] === 0x0d ? '\r\n' : '\n';
}

/**
 * An escape character that continues the file's last line would swallow what comes after it, even over empty lines,
 * comments and lines of escape characters alone, so white space takes its place: BuildKit's parser trims that. A space will do unless it would leave
 * another escape character at the end, which would then continue; a form feed does not let it.
 */
function closeEdits({bytes, escape: escapeBy}: Dockerfile, {openEscapes = []}: Instruction): readonly Edit[] {
	return openEscapes.map(at => {
		const before = bytes.subarray(0, at).findLast(byte => byte !== 0x20 && byte !== 0x09);
		const text = before === escapeBy.charCodeAt(0) ? '\f' : ' ';
		return {span: {start: at, end: at + 1}, text};
	});
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
