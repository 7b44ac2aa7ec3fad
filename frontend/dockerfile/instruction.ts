import type {Instruction, Span, Word} from './ast.ts';
import {decode, skipSpace, trimEnd} from './bytes.ts';
import {refuseNotStrings, refuseOnbuild} from './check.ts';
import {readFlags} from './flags.ts';
import {placeOf, spanOf, type Text, wordOf} from './text.ts';
import {
	type PairToken,
	readExec,
	splitBlank,
	splitExec,
	splitHealthcheck,
	splitKeyword,
	splitPairs,
	splitPairsOrNames,
	type Token,
} from './words.ts';

/** What one instruction's text says by itself; lines and heredocs come from the file around it. */
export interface Statement extends Simple {
	readonly inner?: Simple;
}

type Simple = Pick<Instruction, 'keyword' | 'line' | 'span' | 'flags' | 'args' | 'words' | 'json'>;

interface Arguments {
	readonly words: readonly Word[];
	readonly json?: readonly string[];
	readonly inner?: Simple;
}

/** Reads the instruction in [from, to) of the text. */
export function readStatement(text: Text, escapeBy: string, from = 0, to = text.binary.length): Statement {
	const start = skipSpace(text.binary, from, to);
	const end = trimEnd(text.binary, start, to);
	const {keyword, rest} = splitKeyword(text.binary.slice(start, end));
	const {flags, rest: argsFrom} = readFlags(text, start + rest, end, escapeBy);
	const args = decode(text.binary.slice(argsFrom, end));
	const span: Span = spanOf(text, start, end);
	const line = placeOf(text, start).line;
	return {
		keyword,
		line,
		span,
		flags,
		args,
		...readArguments({keyword, text, start: argsFrom, end, escapeBy, line}),
	};
}

interface Reading {
	readonly keyword: string;
	readonly text: Text;
	/** The arguments, without white space around. */
	readonly start: number;
	readonly end: number;
	readonly escapeBy: string;
	readonly line: number;
}

function readArguments(reading: Reading): Arguments {
	const {keyword, text, start, end, escapeBy} = reading;
	if (start === end) {
		return {words: []};
	}
	const binary = text.binary.slice(start, end);
	switch (keyword) {
		case 'ONBUILD':
			return readOnbuild(reading);
		case 'HEALTHCHECK':
			return readHealthcheck(reading);
		case 'ARG':
			return {words: pairsAt(text, start, splitPairsOrNames(binary, escapeBy))};
		case 'ENV':
		case 'LABEL':
			return {words: pairsAt(text, start, splitPairs(binary, escapeBy))};
		case 'FROM':
		case 'EXPOSE':
			return {words: wordsAt(text, start, splitBlank(binary))};
		case 'ADD':
		case 'COPY':
		case 'VOLUME':
			return readMaybeExec(reading, splitBlank);
		case 'CMD':
		case 'ENTRYPOINT':
		case 'RUN':
		case 'SHELL':
			return readMaybeExec(reading, whole);
		default:
			return {words: wordsAt(text, start, whole(binary))};
	}
}

function wordsAt(text: Text, base: number, tokens: readonly Token[]): readonly Word[] {
	return tokens.map(({start, end, raw}) => wordOf(text, base + start, base + end, raw));
}

function whole(binary: string): readonly Token[] {
	return [{start: 0, end: binary.length}];
}

function pairsAt(text: Text, base: number, tokens: readonly PairToken[]): readonly Word[] {
	return tokens.map(({start, end, raw, nameEnd, valueStart}) => {
		const word = wordOf(text, base + start, base + end, raw);
		const name = decode(text.binary.slice(base + start, base + nameEnd));
		if (valueStart === undefined) {
			return {...word, pair: {name}};
		}
		// `raw` lacks an escape character at the end, and only that.
		const value = (raw ?? text.binary.slice(base + start, base + end)).slice(valueStart - start);
		const from = valueStart < end ? placeOf(text, base + valueStart).offset : word.span.end;
		return {...word, pair: {name, value: decode(value), valueSpan: {start: from, end: word.span.end}}};
	});
}

function readMaybeExec(reading: Reading, split: (binary: string) => readonly Token[]): Arguments {
	const {text, start, end} = reading;
	const binary = text.binary.slice(start, end);
	const exec = readExec(binary);
	if (exec.kind === 'not-strings') {
		throw refuseNotStrings(reading.keyword, reading.line);
	}
	return exec.kind === 'exec'
		? {words: wordsAt(text, start, splitExec(binary)), json: exec.items}
		: {words: wordsAt(text, start, split(binary))};
}

function readHealthcheck(reading: Reading): Arguments {
	const {text, start, end} = reading;
	const [type, command] = splitHealthcheck(text.binary.slice(start, end));
	const words = wordsAt(text, start, type === undefined ? [] : [type]);
	if (command === undefined) {
		return {words};
	}
	const rest = readMaybeExec({...reading, start: start + command.start}, whole);
	return {...rest, words: [...words, ...rest.words]};
}

function readOnbuild(reading: Reading): Arguments {
	const {text, start, end, escapeBy} = reading;
	// Looked at before reading on: thousands of nested ONBUILDs would cost stack and quadratic time.
	const {keyword, end: keywordEnd} = splitKeyword(text.binary.slice(start, end));
	refuseOnbuild(keyword, reading.line);
	const inner = readStatement(text, escapeBy, start, end);
	return {inner, words: [wordOf(text, start, start + keywordEnd), ...inner.words]};
}
