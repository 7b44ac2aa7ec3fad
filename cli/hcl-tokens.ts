import {HclError} from './hcl-error.ts';
import {type Piece, template} from './hcl-template.ts';

export interface Token {
	readonly kind: 'name' | 'number' | 'text' | 'sign' | 'newline' | 'end';
	/** The characters of a name, a number or a sign; empty for the others. */
	readonly text: string;
	/** What a `text` is made of. */
	readonly pieces?: readonly Piece[];
	/** 1-based. */
	readonly line: number;
}

const BLANK = /[ \t\r]+/y;
const COMMENT = /(?:#|\/\/)[^\n]*/y;
const NAME = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SIGN = /=>|==|!=|<=|>=|&&|\|\||\.\.\.|[=!<>{}[\]().,:?+\-*/%&|]/y;
const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)[ \t\r]*\n/uy;

/** The tokens of an HCL file. Takes time linear in its length. @throws {HclError} */
export function tokensOf(source: string): readonly Token[] {
	const tokens: Token[] = [];
	let at = 0;
	let line = 1;
	while (at < source.length) {
		const found = tokenAt(source, at, line);
		if (found.kind !== undefined) {
			const {kind, text = '', pieces} = found;
			tokens.push({kind, text, line, ...(pieces === undefined ? {} : {pieces})});
		}

		line += linesIn(source, at, found.end);
		at = found.end;
	}

	return [...tokens, {kind: 'newline', text: '', line}, {kind: 'end', text: '', line}];
}

interface Found {
	/** Absent for white space and comments. */
	readonly kind?: Token['kind'];
	readonly text?: string;
	readonly pieces?: readonly Piece[];
	readonly end: number;
}

function tokenAt(source: string, at: number, line: number): Found {
	const skipped = (matchAt(BLANK, source, at) ?? matchAt(COMMENT, source, at))?.[0].length ?? 0;
	if (skipped > 0) {
		return {end: at + skipped};
	}

	if (source.startsWith('/*', at)) {
		const end = source.indexOf('*/', at + 2);
		return {end: end < 0 ? fail(line, 'a comment begins here and does not end') : end + 2};
	}

	if (source[at] === '\n') {
		return {kind: 'newline', end: at + 1};
	}

	if (source[at] === '"') {
		return {kind: 'text', ...template(source, at + 1, line, '"')};
	}

	const heredoc = matchAt(HEREDOC, source, at);
	return heredoc === undefined ? plainToken(source, at, line) : heredocToken(source, heredoc, line);
}

function plainToken(source: string, at: number, line: number): Found {
	const patterns = {name: NAME, number: NUMBER, sign: SIGN} as const;
	for (const kind of ['name', 'number', 'sign'] as const) {
		const text = matchAt(patterns[kind], source, at)?.[0];
		if (text !== undefined) {
			return {kind, text, end: at + text.length};
		}
	}

	return fail(line, `${JSON.stringify(source[at])} cannot stand here`);
}

function heredocToken(source: string, match: RegExpExecArray, line: number): Found {
	const [opening, dash, word = ''] = match;
	const {body, end} = heredocAt(source, match.index + opening.length, word, line);
	const {pieces} = template(dedented(body, dash === '-'), 0, line + 1, undefined);
	return {kind: 'text', pieces, end};
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
	pattern.lastIndex = at;
	return pattern.exec(source) ?? undefined;
}

function linesIn(source: string, start: number, end: number): number {
	let count = 0;
	for (let at = source.indexOf('\n', start); at >= 0 && at < end; at = source.indexOf('\n', at + 1)) {
		count += 1;
	}

	return count;
}

/** The lines up to the one that holds only the word. */
function heredocAt(
	source: string,
	start: number,
	word: string,
	line: number,
): {readonly body: string; readonly end: number} {
	let at = start;
	while (at < source.length) {
		const feed = source.indexOf('\n', at);
		const next = feed < 0 ? source.length : feed;
		if (source.slice(at, next).trim() === word) {
			// The line feed stays: it ends the attribute.
			return {body: source.slice(start, at), end: next};
		}

		at = next + 1;
	}

	return fail(line, `the text that begins here has no line "${word}" that ends it`);
}

function dedented(body: string, isIndented: boolean): string {
	if (!isIndented) {
		return body;
	}

	const lines = body.split('\n');
	const indents = lines.filter(text => text.trim() !== '').map(text => text.length - text.trimStart().length);
	const least = indents.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER);
	return lines.map(text => text.slice(least)).join('\n');
}

function fail(line: number, message: string): never {
	throw new HclError(line, message);
}
