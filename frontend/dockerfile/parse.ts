import type {Directive, Dockerfile, Instruction, Stage} from './ast.ts';
import {skipSpace, toBinary, toLower} from './bytes.ts';
import {refuseInstruction} from './check.ts';
import {directiveOf, escapeAfter} from './directives.ts';
import {ParseError} from './error.ts';
import {openingsOf, readHeredoc} from './heredoc.ts';
import {readStatement, type Statement} from './instruction.ts';
import {type Cursor, type Line, nextLine, readText, takeComment} from './lines.ts';
import type {Text} from './text.ts';

/** Largest Dockerfile in bytes. The largest honest ones have a hundredth of it. */
export const MAX_SIZE = 1024 * 1024;

/** What was read, by the bytes themselves: a text that a repair was tried on is read by whoever asks next, too. */
const known = new WeakMap<Uint8Array, Dockerfile>();

/**
 * The author's bytes → what BuildKit's parser (0.25) sees, with places. Takes time and memory linear in the size.
 * @param bytes MUST not be changed afterwards: the same ones give the same tree
 * @throws {ParseError} for what BuildKit refuses before it builds (except for flags), and for more than 1 MiB
 */
export function parseDockerfile(bytes: Uint8Array): Dockerfile {
	const dockerfile = known.get(bytes) ?? readDockerfile(bytes);
	known.set(bytes, dockerfile);
	return dockerfile;
}

function readDockerfile(bytes: Uint8Array): Dockerfile {
	if (bytes.length > MAX_SIZE) {
		throw new ParseError(
			'DOCKERFILE_TOO_LARGE',
			`The Dockerfile has ${bytes.length} bytes, and more than ${MAX_SIZE} are not read; move scripts and data into files and COPY them`,
		);
	}

	const cursor: Cursor = {binary: toBinary(bytes), at: 0, line: 0, comments: []};
	const {directives, escapeBy, first} = readDirectives(cursor);
	const instructions = readInstructions(cursor, first, escapeBy);
	const stages = stagesOf(instructions);
	if (stages.length === 0) {
		throw new ParseError(
			'DOCKERFILE_NO_STAGE',
			'The Dockerfile has no FROM, so there is nothing to build; add FROM and an image',
		);
	}
	const globalArgs = instructions.slice(
		0,
		instructions.findIndex(({keyword}) => keyword === 'FROM'),
	);
	return {bytes, escape: escapeBy, directives, instructions, globalArgs, stages, comments: cursor.comments};
}

interface Head {
	readonly directives: readonly Directive[];
	readonly escapeBy: '\\' | '`';
	/** The line that is no directive any more. */
	readonly first: Line | undefined;
}

function readDirectives(cursor: Cursor): Head {
	const directives: Directive[] = [];
	let escapeBy: '\\' | '`' = '\\';
	for (let line = nextLine(cursor); line !== undefined; line = nextLine(cursor)) {
		const start = startOf(cursor, line);
		const isShebang = line.number === 1 && /^(?:\xef\xbb\xbf)?#!/.test(cursor.binary);
		const directive = isShebang ? undefined : directiveOf(cursor.binary, line, start);
		if (isShebang) {
			takeComment(cursor, line, start);
			return {...readAfterShebang(cursor), escapeBy};
		}
		if (directive === undefined) {
			return {directives, escapeBy, first: line};
		}
		escapeBy = escapeAfter(directive, directives, escapeBy);
		directives.push(directive);
	}
	return {directives, escapeBy, first: undefined};
}

/** After `#!`, BuildKit still finds syntax and check, but its parser is done with directives: escape has no effect. */
function readAfterShebang(cursor: Cursor): Omit<Head, 'escapeBy'> {
	const directives: Directive[] = [];
	let line = nextLine(cursor);
	while (line !== undefined) {
		const directive = directiveOf(cursor.binary, line, line.start);
		if (directive === undefined || directives.some(({name}) => name === directive.name)) {
			break;
		}
		directives.push(directive);
		line = nextLine(cursor);
	}
	return {directives: directives.filter(({name}) => name !== 'escape'), first: line};
}

/** First byte of the line that is neither white space nor a byte order mark. */
function startOf(cursor: Cursor, line: Line): number {
	const hasMark = line.number === 1 && cursor.binary.startsWith('\xef\xbb\xbf');
	return skipSpace(cursor.binary, line.start + (hasMark ? 3 : 0), line.end);
}

function readInstructions(cursor: Cursor, first: Line | undefined, escapeBy: string): readonly Instruction[] {
	const instructions: Instruction[] = [];
	for (let line = first; line !== undefined; line = nextLine(cursor)) {
		const start = startOf(cursor, line);
		if (start < line.end && !takeComment(cursor, line, start)) {
			instructions.push(readInstruction(cursor, line, start, escapeBy));
		}
	}
	if (instructions.length === 0) {
		throw new ParseError(
			'DOCKERFILE_EMPTY',
			'The Dockerfile has no instructions; begin with FROM and an image',
		);
	}
	return instructions;
}

function readInstruction(cursor: Cursor, line: Line, start: number, escapeBy: string): Instruction {
	const text = readText(cursor, line, start, escapeBy);
	const {last, openEscapes} = text;
	const statement = readStatement(text, escapeBy);
	const {heredocs, end} = readHeredocs(cursor, statement, text, {line, end: last.end});
	const {keyword, flags, args, words, json, inner} = statement;
	const endLine = cursor.line;
	const span = {start: statement.span.start, end};
	// Filled in rather than spread: a hostile file has a hundred thousand of these.
	const instruction: Mutable<Instruction> = {
		keyword,
		line: line.number,
		endLine,
		span,
		flags,
		args,
		words,
		heredocs,
	};
	if (json !== undefined) {
		instruction.json = json;
	}
	if (inner !== undefined) {
		instruction.inner = {...inner, endLine, heredocs, span: {start: inner.span.start, end}};
	}
	if (openEscapes !== undefined) {
		instruction.openEscapes = openEscapes;
	}
	refuseInstruction(instruction);
	return instruction;
}

type Mutable<T> = {-readonly [K in keyof T]: T[K]};

/** The heredocs that follow the text in the file, and where the whole instruction ends. */
function readHeredocs(
	cursor: Cursor,
	statement: Statement,
	text: Text,
	own: {readonly line: Line; readonly end: number},
) {
	const {keyword, json} = statement.inner ?? statement;
	if (!['ADD', 'COPY', 'RUN'].includes(keyword) || json !== undefined) {
		return {heredocs: [], end: own.end};
	}
	let {end} = own;
	const heredocs = openingsOf(text.binary, own.line.number).map(opening => {
		const read = readHeredoc(cursor, opening, own.line.number);
		end = read.end;
		return read.heredoc;
	});
	return {heredocs, end};
}

function stagesOf(instructions: readonly Instruction[]): readonly Stage[] {
	const [...starts] = instructions.keys().filter(index => instructions[index]?.keyword === 'FROM');
	refuseBeforeFrom(instructions.slice(0, starts[0]));
	return starts
		.map((start, index) => stageFrom(instructions.slice(start, starts[index + 1]), index))
		.filter(stage => stage !== undefined);
}

function refuseBeforeFrom(instructions: readonly Instruction[]): void {
	const early = instructions.find(({keyword}) => keyword !== 'ARG');
	if (early !== undefined) {
		throw new ParseError(
			'DOCKERFILE_BEFORE_FROM',
			`Line ${early.line} has ${early.keyword} before the first FROM, where only ARG may stand; begin with FROM and an image`,
			{line: early.line},
		);
	}
}

function stageFrom([from, ...instructions]: readonly Instruction[], index: number): Stage | undefined {
	const [base, , name] = from?.words ?? [];
	if (from === undefined || base === undefined) {
		return undefined;
	}
	const {end} = (instructions.at(-1) ?? from).span;
	return {
		index,
		...(name === undefined ? {} : {name: toLower(name.text)}),
		base,
		from,
		instructions,
		span: {start: from.span.start, end},
	};
}
