import {ParseError} from './error.ts';
import {type Effort, replace} from './pattern.ts';
import {applyOperator, bad} from './substitution.ts';

/** How BuildKit's shell lexer (`frontend/dockerfile/shell`) is asked to read. */
export interface Lexing {
	readonly escape: string;
	readonly lookup: (name: string) => string | undefined;
	/** Quotes stay in the result. */
	readonly keepsQuotes?: boolean;
	/** Escape characters stay in the result. */
	readonly keepsEscapes?: boolean;
	/** A variable that lookup does not know stays as written. */
	readonly keepsUnknown?: boolean;
	/** The result is wanted in words, too. */
	readonly splitsWords?: boolean;
}

export interface Lexed {
	readonly result: string;
	/** The result parted at white space that is neither quoted nor escaped; empty unless asked for. */
	readonly words: readonly string[];
}

/** Longest result in characters: no longer variable can be given to a process (Linux, `MAX_ARG_STRLEN`). Doubling an ARG thirty times would otherwise fill the memory. */
const MAX_RESULT = 128 * 1024;
/** Deepest `${a:-${b:-…}}`: BuildKit's stack grows, ours does not. */
const MAX_DEPTH = 100;

interface State extends Lexing {
	readonly text: string;
	at: number;
	keepsEscapesNow: boolean;
	depth: number;
	/** The word that is being read. A substitution with an operator empties it: a quirk of BuildKit's. */
	word: string;
	readonly words: string[];
	readonly effort: Effort;
	budget: number;
}

/**
 * Expands variables and removes quotes and escapes, as BuildKit does.
 * @throws {ParseError} without a place: `DOCKERFILE_BAD_SUBSTITUTION`, or `DOCKERFILE_TOO_COMPLEX` for hostile text
 */
export function lex(text: string, lexing: Lexing, effort: Effort = {steps: 0}): Lexed {
	const state: State = {
		...lexing,
		text,
		// Go's text/scanner ignores a byte order mark at the start.
		at: text.startsWith('\ufeff') ? 1 : 0,
		keepsEscapesNow: lexing.keepsEscapes ?? false,
		depth: 0,
		word: '',
		words: [],
		effort,
		budget: MAX_RESULT,
	};
	const result = readUntil(state, '');
	endWord(state);
	return {result, words: state.words};
}

/** Reads up to the closing character, or to the end of the text when there is none. */
function readUntil(state: State, close: string): string {
	const parts: string[] = [];
	while (state.at < state.text.length) {
		const character = peek(state);
		if (character === close) {
			state.at += 1;
			return parts.join('');
		}
		parts.push(readPart(state, character));
	}
	if (close !== '') {
		throw bad(`a substitution has no closing "${close}"`);
	}
	return parts.join('');
}

function readPart(state: State, character: string): string {
	if (character === '$') {
		const value = readDollar(state);
		for (const each of state.splitsWords ? value : '') {
			addPlain(state, each);
		}
		return value;
	}
	if (character === "'" || character === '"') {
		const value = character === '"' ? readDoubleQuoted(state) : readSingleQuoted(state);
		addRaw(state, value);
		return value;
	}
	if (character === '<') {
		return readLess(state);
	}
	if (character === state.escape) {
		return readEscaped(state);
	}
	return readPlain(state, character);
}

function readPlain(state: State, character: string): string {
	// Many at once, but never a quote, white space, an escape character, or what may close a substitution.
	const run = /[\w.:=,;&|()+-]+/y;
	run.lastIndex = state.at;
	const plain = run.exec(state.text)?.[0] ?? character;
	state.at += plain.length;
	addPlain(state, plain);
	return plain;
}

function addPlain(state: State, text: string): void {
	if (SPACE.test(text)) {
		endWord(state);
	} else {
		addRaw(state, text);
	}
}

function addRaw(state: State, text: string): void {
	state.word += state.splitsWords ? text : '';
}

function endWord(state: State): void {
	if (state.word !== '' && state.depth === 0) {
		state.words.push(state.word);
	}
	state.word = '';
}

function readEscaped(state: State): string {
	const kept = state.keepsEscapesNow ? state.escape : '';
	state.at += 1;
	const next = peek(state);
	state.at += next.length;
	addRaw(state, kept + next);
	return kept + next;
}

/** `<<` and the white space behind it are one: `RUN << EOF` is a heredoc. */
function readLess(state: State): string {
	const less = /<(?:<[\t\r ]*)?/y;
	less.lastIndex = state.at;
	const value = less.exec(state.text)?.[0] ?? '<';
	state.at += value.length;
	addRaw(state, value);
	return value;
}

function readSingleQuoted(state: State): string {
	const close = state.text.indexOf("'", state.at + 1);
	if (close === -1) {
		throw bad('a single quote is never closed');
	}
	const inner = state.text.slice(state.at + 1, close);
	state.at = close + 1;
	return state.keepsQuotes ? `'${inner}'` : inner;
}

function readDoubleQuoted(state: State): string {
	const quote = state.keepsQuotes ? '"' : '';
	const parts = [quote];
	state.at += 1;
	for (;;) {
		const character = peek(state);
		if (character === '') {
			throw bad('a double quote is never closed');
		}
		if (character === '"') {
			state.at += 1;
			return parts.join('') + quote;
		}
		parts.push(readInsideQuotes(state, character));
	}
}

function readInsideQuotes(state: State, character: string): string {
	if (character === '$') {
		return readDollar(state);
	}
	state.at += character.length;
	if (character !== state.escape) {
		return character;
	}
	const kept = state.keepsEscapesNow ? character : '';
	const next = peek(state);
	if (next === '"' || next === '$' || next === state.escape) {
		state.at += 1;
		return kept + next;
	}
	return next === '' ? kept : kept + character;
}

function readDollar(state: State): string {
	state.at += 1;
	if (peek(state) !== '{') {
		const name = readName(state);
		return name === '' ? '$' : known(state, name, `$${name}`);
	}
	state.at += 1;
	if (/^[{}:]?$/.test(peek(state))) {
		throw bad('"${" is not followed by the name of a variable');
	}
	const name = readName(state);
	const operator = peek(state);
	state.at += operator.length;
	if (operator === '}') {
		return known(state, name, `\${${name}}`);
	}
	return operator === '/' ? readReplacement(state, name) : readOperator(state, name, operator);
}

function known(state: State, name: string, written: string): string {
	const value = state.lookup(name) ?? (state.keepsUnknown ? written : '');
	return spendResult(state, value);
}

function spendResult(state: State, value: string): string {
	state.budget -= value.length;
	if (state.budget < 0) {
		throw new ParseError(
			'DOCKERFILE_TOO_COMPLEX',
			`An expansion has more than ${MAX_RESULT} characters; use shorter values`,
		);
	}
	return value;
}

function readName(state: State): string {
	const name = /\p{Nd}+|[@*#?\-$!]|(?:\p{L}|_)(?:\p{L}|\p{Nd}|_)*/uy;
	name.lastIndex = state.at;
	const found = name.exec(state.text)?.[0] ?? '';
	state.at += found.length;
	return found;
}

function readOperator(state: State, name: string, first: string): string {
	const isColon = first === ':';
	const operator = isColon ? peek(state) : first;
	state.at += isColon ? operator.length : 0;
	const isPattern = operator === '#' || operator === '%';
	if (isColon ? isPattern : !/^[-+?#%]$/.test(operator)) {
		throw bad(`the operator "${first}${isColon ? operator : ''}" is not one that BuildKit knows`);
	}
	const word = readNested(state, '}', isPattern);
	const value = state.lookup(name);
	if (value === undefined && state.keepsUnknown) {
		return spendResult(state, `\${${name}${isColon ? ':' : ''}${operator}${word}}`);
	}
	return spendResult(state, applyOperator({name, value, operator, word, isColon}, state.effort));
}

function readReplacement(state: State, name: string): string {
	const isAll = peek(state) === '/';
	state.at += isAll ? 1 : 0;
	const pattern = readNested(state, '/', true);
	const replacement = readNested(state, '}', true);
	const value = state.lookup(name);
	if (value === undefined && state.keepsUnknown) {
		return spendResult(state, `\${${name}/${pattern}/${replacement}}`);
	}
	return spendResult(state, replace(value ?? '', pattern, replacement, isAll, state.effort));
}

function readNested(state: State, close: string, keepsEscapes: boolean): string {
	const before = state.keepsEscapesNow;
	if (state.depth === MAX_DEPTH) {
		throw new ParseError(
			'DOCKERFILE_TOO_COMPLEX',
			`Substitutions are nested more than ${MAX_DEPTH} deep; use fewer`,
		);
	}
	state.depth += 1;
	state.keepsEscapesNow = keepsEscapes;
	const text = readUntil(state, close);
	state.keepsEscapesNow = before;
	state.depth -= 1;
	state.word = '';
	return text;
}

/** One whole character, or '' at the end. */
function peek(state: State): string {
	const code = state.text.codePointAt(state.at);
	return code === undefined ? '' : String.fromCodePoint(code);
}

// Go's unicode.IsSpace.
const SPACE = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/;
