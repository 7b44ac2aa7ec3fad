import type {Heredoc} from './ast.ts';
import {decode, encode} from './bytes.ts';
import {ParseError, quoted} from './error.ts';
import {type Cursor, nextLine} from './lines.ts';
import {lex} from './shell.ts';

export interface Opening {
	readonly name: string;
	readonly isExpanded: boolean;
	readonly isChomped: boolean;
}

// BuildKit reads heredocs with a backslash for escape, whatever the file's own is.
const lexing = {escape: '\\', lookup: () => undefined, keepsUnknown: true, splitsWords: true};

/** The heredocs that an instruction's text opens, in order. Text that is no valid shell opens none. */
export function openingsOf(binary: string, line: number): readonly Opening[] {
	if (!binary.includes('<<')) {
		return [];
	}
	try {
		return wordsOf(decode(binary))
			.map(openingOf)
			.filter(opening => opening !== undefined);
	} catch (error) {
		throw error instanceof ParseError
			? new ParseError(error.code, `Line ${line}: ${error.message}`, {line})
			: error;
	}
}

function wordsOf(text: string): readonly string[] {
	try {
		return lex(text, {...lexing, keepsQuotes: true, keepsEscapes: true}).words;
	} catch (error) {
		if (error instanceof ParseError && error.code === 'DOCKERFILE_BAD_SUBSTITUTION') {
			return [];
		}
		throw error;
	}
}

/** What the word opens if it is `<<NAME`, `<<-NAME` or either with quotes or a file descriptor. */
export function openingOf(word: string): Opening | undefined {
	const [opening] = /^\d*<<-?/.exec(word) ?? [];
	const rest = opening === undefined ? '<' : word.slice(opening.length).replace(/^[\t\n\f\r ]+/, '');
	if (rest.includes('<')) {
		return undefined;
	}
	const [name, ...more] = lex(rest, lexing).words;
	if (name === undefined || more.length > 0) {
		return undefined;
	}
	const [raw = ''] = lex(rest, {...lexing, keepsQuotes: true}).words;
	return {
		name,
		isExpanded: countQuotes(name) === countQuotes(raw),
		isChomped: opening?.endsWith('-') ?? false,
	};
}

function countQuotes(text: string): number {
	return text.length - text.replaceAll(/["']/g, '').length;
}

/** Reads a heredoc's body from the file, and the line that ends it. */
export function readHeredoc(
	cursor: Cursor,
	opening: Opening,
	line: number,
): {readonly heredoc: Heredoc; readonly end: number} {
	const {binary, at: start} = cursor;
	// Compared as bytes: decoding would make different bytes equal, and hide instructions from us.
	const name = encode(opening.name);
	for (let next = nextLine(cursor); next !== undefined; next = nextLine(cursor)) {
		const content = binary.slice(next.start, next.end);
		if ((opening.isChomped ? content.replace(/^\t+/, '') : content) === name) {
			const span = {start, end: next.start};
			return {heredoc: {...opening, content: decode(binary.slice(start, next.start)), span}, end: next.end};
		}
	}
	throw new ParseError(
		'DOCKERFILE_BAD_HEREDOC',
		`The heredoc that begins in line ${line} is never closed; end it with a line that holds only ${quoted(opening.name)}`,
		{line},
	);
}
