import type {Dockerfile, Instruction, Span, Stage} from './ast.ts';

/** Replaces the bytes of `span` by `text`. Never holds a line break in `text` unless `span` does: lines must not move. */
export interface Edit {
	readonly span: Span;
	readonly text: string;
}

/** Instructions of one line each for the end of a stage. */
export interface Append {
	readonly stage: Stage;
	readonly lines: readonly string[];
}

/**
 * The author's bytes with the edits in them; all other bytes stay as they are.
 * @param append lines for the end of a stage. They come right after its last instruction, before comments that follow
 * it. Lines before them keep their numbers.
 * @throws {Error} for a caller's mistake: edits that overlap or lie outside the file, or that would move lines
 */
export function applyEdits(dockerfile: Dockerfile, edits: readonly Edit[], append?: Append): Uint8Array {
	const added =
		append === undefined || append.lines.length === 0 ? [] : appendEdits(dockerfile, append, edits);
	// The sort is stable: an edit that ends where the lines are put in comes before them.
	const sorted = [...edits.map(edit => refuseMoved(dockerfile, edit)), ...added].sort(
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

function refuseMoved({bytes}: Dockerfile, edit: Edit): Edit {
	const {span, text} = edit;
	const before = bytes
		.subarray(span.start, span.end)
		.reduce((count, byte) => count + (byte === LINE_FEED ? 1 : 0), 0);
	if (text.split('\n').length - 1 !== before) {
		throw new Error(`The edit of bytes ${span.start} to ${span.end} would move the lines that follow`);
	}
	return edit;
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
 * An escape character that continues the file's last line would swallow what comes after it, even over empty lines
 * and comments, so white space takes its place: BuildKit's parser trims that. A space will do unless it would leave
 * another escape character at the end, which would then continue; a form feed does not let it.
 */
function closeEdits({bytes, escape: escapeBy}: Dockerfile, {openEscape: at}: Instruction): readonly Edit[] {
	if (at === undefined) {
		return [];
	}
	const before = bytes.subarray(0, at).findLast(byte => byte !== 0x20 && byte !== 0x09);
	const text = before === escapeBy.charCodeAt(0) ? '\f' : ' ';
	return [{span: {start: at, end: at + 1}, text}];
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
