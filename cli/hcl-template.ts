import {HclError} from './hcl-error.ts';

/** A piece of a string: text as it is, or what stands in `${…}`. */
export type Piece = string | {readonly expression: string};

/** Interpolations inside interpolations; nobody nests them, and every level is a call. */
const MAX_DEPTH = 16;

const escapes: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\'};

/** Pieces up to the closing quote, or to the end for a heredoc, which knows no escapes. @throws {HclError} */
export function template(
	source: string,
	start: number,
	line: number,
	quote: string | undefined,
): {readonly pieces: readonly Piece[]; readonly end: number} {
	const pieces: Piece[] = [];
	let at = start;
	while (at < source.length && source[at] !== quote) {
		const {piece, end} = pieceAt(source, at, line, quote !== undefined);
		pieces.push(piece);
		at = end;
	}

	if (quote !== undefined && at >= source.length) {
		fail(line, 'a string begins here and does not end');
	}

	return {pieces, end: at + 1};
}

interface Found<T> {
	readonly piece: T;
	readonly end: number;
}

const PLAIN = /[^$%\\"\n]+/y;

function pieceAt(source: string, at: number, line: number, isQuoted: boolean): Found<Piece> {
	PLAIN.lastIndex = at;
	const plain = PLAIN.exec(source)?.[0];
	if (plain !== undefined) {
		return {piece: plain, end: at + plain.length};
	}

	const three = source.slice(at, at + 3);
	if (three === '$${' || three === '%%{') {
		return {piece: three.slice(1), end: at + 3};
	}

	if (three.startsWith('${') || three.startsWith('%{')) {
		const end = endOfExpression(source, at + 2, line, 0);
		// What a directive (`%{ if … }`) makes is not known here, like any expression that is no name.
		return {piece: {expression: three[0] === '$' ? source.slice(at + 2, end - 1).trim() : '%'}, end};
	}

	if (isQuoted && three.startsWith('\n')) {
		fail(line, 'a string begins here and does not end on its line');
	}

	return isQuoted && three.startsWith('\\')
		? escapeAt(source, at, line)
		: {piece: three.slice(0, 1), end: at + 1};
}

function escapeAt(source: string, at: number, line: number): Found<string> {
	const mark = source[at + 1] ?? '';
	const digits = mark === 'u' ? 4 : mark === 'U' ? 8 : 0;
	const code = source.slice(at + 2, at + 2 + digits);
	const point = /^[0-9a-fA-F]+$/.test(code) ? Number.parseInt(code, 16) : Number.NaN;
	if (digits > 0 && code.length === digits && point <= 0x10ffff) {
		return {piece: String.fromCodePoint(point), end: at + 2 + digits};
	}

	const text = Object.hasOwn(escapes, mark) ? escapes[mark] : undefined;
	return {piece: text ?? fail(line, `"\\${mark}" means nothing in a string`), end: at + 2};
}

/** The place after the brace that closes an expression; braces and strings inside it are its own. */
function endOfExpression(source: string, start: number, line: number, depth: number): number {
	if (depth > MAX_DEPTH) {
		fail(line, `expressions are nested more than ${MAX_DEPTH} deep here`);
	}

	let open = 1;
	let at = start;
	while (at < source.length && open > 0) {
		const one = source[at];
		if (one === '"') {
			at = endOfString(source, at + 1, line, depth);
			continue;
		}

		open += one === '{' ? 1 : one === '}' ? -1 : 0;
		at += 1;
	}

	return open === 0 ? at : fail(line, 'an expression begins here and does not end');
}

function endOfString(source: string, start: number, line: number, depth: number): number {
	let at = start;
	while (at < source.length && source[at] !== '"') {
		if (source.startsWith('${', at)) {
			at = endOfExpression(source, at + 2, line, depth + 1);
		} else {
			at += source[at] === '\\' ? 2 : 1;
		}
	}

	return at + 1;
}

function fail(line: number, message: string): never {
	throw new HclError(line, message);
}
