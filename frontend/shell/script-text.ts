import type {Dockerfile, Heredoc, Instruction} from '../dockerfile/ast.ts';
import {decode, encode, skipSpace, toBinary, trimEnd} from '../dockerfile/bytes.ts';
import {readFlags} from '../dockerfile/flags.ts';
import {openingOf} from '../dockerfile/heredoc.ts';
import {type Cursor, nextLine, readText} from '../dockerfile/lines.ts';
import type {Text} from '../dockerfile/text.ts';
import {splitHealthcheck, splitKeyword} from '../dockerfile/words.ts';
import {lazy} from './lazy.ts';

/** A Dockerfile, and what finding places in it needs. */
export interface File {
	readonly dockerfile: Dockerfile;
	/** One character per byte. */
	readonly binary: () => string;
	/** Offset of each line's first byte. */
	readonly lineStarts: () => readonly number[];
}

/** A part of a script's text, and where its bytes lie in the file; without pieces, it is not in the file. */
export type Section = Pick<Text, 'binary' | 'pieces'>;

/** What follows the keyword and flags of an instruction, and in a HEALTHCHECK its CMD. */
export function argumentsOf(file: File, outer: Instruction, isTrigger: boolean): Section {
	const escapeBy = file.dockerfile.escape;
	const cursor: Cursor = {
		binary: file.binary(),
		at: outer.span.start,
		line: outer.line - 1,
		comments: [],
	};
	const line = nextLine(cursor);
	if (line === undefined) {
		return NOTHING;
	}
	const text = readText(cursor, line, line.start, escapeBy);
	const own = argumentsIn(text, 0, escapeBy);
	const inner = isTrigger ? argumentsIn(text, own.start, escapeBy) : own;
	const {keyword, end} = inner;
	if (keyword !== 'HEALTHCHECK') {
		return cut(text, inner.start, end);
	}
	const [, command] = splitHealthcheck(text.binary.slice(inner.start, end));
	return command === undefined ? NOTHING : cut(text, inner.start + command.start, end);
}

const NOTHING: Section = {binary: '', pieces: []};

function argumentsIn(text: Text, from: number, escapeBy: string) {
	const start = skipSpace(text.binary, from);
	const end = trimEnd(text.binary, start, text.binary.length);
	const {keyword, rest} = splitKeyword(text.binary.slice(start, end));
	return {keyword, start: readFlags(text, start + rest, end, escapeBy).rest, end};
}

function cut({binary, pieces}: Section, start: number, end: number): Section {
	return {
		binary: binary.slice(start, end),
		pieces: pieces
			.filter(({at}, index) => at < end && (pieces[index + 1]?.at ?? Number.POSITIVE_INFINITY) > start)
			.map(({at, source, line}) => ({
				at: Math.max(at - start, 0),
				source: source + Math.max(start - at, 0),
				line,
			})),
	};
}

/** What the shell of a RUN gets: its arguments, with heredocs as BuildKit puts them together again. */
export function withHeredocs(file: File, args: Section, heredocs: readonly Heredoc[]): readonly Section[] {
	const [only] = heredocs;
	if (only === undefined) {
		return [args];
	}
	if (isOnlyHeredoc(args)) {
		return [bodyOf(file, only, only.isChomped)];
	}
	return [
		args,
		...heredocs.flatMap(heredoc => [
			{binary: '\n', pieces: []},
			bodyOf(file, heredoc, false),
			{binary: encode(heredoc.name), pieces: []},
		]),
	];
}

/** True for `RUN <<EOF`, whose body is the script. */
export function isOnlyHeredoc({binary}: Section): boolean {
	return openingOf(decode(binary)) !== undefined;
}

function bodyOf(file: File, {span}: Heredoc, isChomped: boolean): Section {
	const binary = file.binary().slice(span.start, span.end);
	if (!isChomped) {
		return {binary, pieces: [{at: 0, source: span.start, line: 0}]};
	}
	const pieces: {at: number; source: number; line: number}[] = [];
	const parts: string[] = [];
	let at = 0;
	for (let start = 0; start < binary.length; ) {
		const newline = binary.indexOf('\n', start);
		const next = newline === -1 ? binary.length : newline + 1;
		const from = skipTabs(binary, start);
		pieces.push({at, source: span.start + from, line: 0});
		parts.push(binary.slice(from, next));
		at += next - from;
		start = next;
	}
	return {binary: parts.join(''), pieces};
}

function skipTabs(binary: string, start: number): number {
	let at = start;
	while (binary[at] === '\t') {
		at += 1;
	}
	return at;
}

export function fileOf(dockerfile: Dockerfile): File {
	const binary = lazy(() => toBinary(dockerfile.bytes));
	return {dockerfile, binary, lineStarts: lazy(() => lineStartsOf(dockerfile.bytes))};
}

function lineStartsOf(bytes: Uint8Array): readonly number[] {
	const starts = [0];
	for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
		starts.push(at + 1);
	}
	return starts;
}
