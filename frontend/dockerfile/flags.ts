import type {Flag} from './ast.ts';
import {skipSpace} from './bytes.ts';
import {spanOf, type Text} from './text.ts';

interface FlagsAndRest {
	readonly flags: readonly Flag[];
	/** Where the arguments begin in the text. */
	readonly rest: number;
}

/** Reads the `--name=value` words in [start, end). They come first; a bare `--` ends them. Quotes are removed. */
export function readFlags(text: Text, start: number, end: number, escapeBy: string): FlagsAndRest {
	const {binary} = text;
	const flags: Flag[] = [];
	let at = skipByteSpace(binary, start, end);
	while (binary.startsWith('--', at) && at + 1 < end) {
		const word = readWord(binary, at, end, escapeBy);
		if (word.text === '--') {
			return {flags, rest: skipSpace(binary, word.end, end)};
		}
		flags.push(flagOf(text, at, word));
		at = skipByteSpace(binary, word.end, end);
	}
	return {flags, rest: skipSpace(binary, at, end)};
}

interface FlagWord {
	/** Without quotes and escapes. */
	readonly text: string;
	readonly end: number;
	/** Where the value begins in the text. */
	readonly value: number | undefined;
}

function readWord(binary: string, start: number, end: number, escapeBy: string): FlagWord {
	const parts: string[] = [];
	let value: number | undefined;
	let step: Step = {text: '', at: start, quote: ''};
	while (step.at < end && (step.quote !== '' || !isByteSpace(binary.charAt(step.at)))) {
		step = stepFrom(binary, step, end, escapeBy);
		parts.push(step.text);
		value ??= step.text === '=' ? step.at : undefined;
	}
	return {text: parts.join(''), end: step.at, value};
}

interface Step {
	/** One byte of the word, or nothing. */
	readonly text: string;
	/** Where to go on. */
	readonly at: number;
	/** The quote that is open. */
	readonly quote: string;
}

function stepFrom(binary: string, {at, quote}: Step, end: number, escapeBy: string): Step {
	const character = binary.charAt(at);
	if (character === quote) {
		return {text: '', at: at + 1, quote: ''};
	}
	if (quote === '' && (character === '"' || character === "'")) {
		return {text: '', at: at + 1, quote: character};
	}
	if (character !== escapeBy) {
		return {text: character, at: at + 1, quote};
	}
	// An escape character that ends the text is dropped.
	return at + 1 < end ? {text: binary.charAt(at + 1), at: at + 2, quote} : {text: '', at: end, quote};
}

function flagOf(text: Text, start: number, {text: word, end, value}: FlagWord): Flag {
	const span = spanOf(text, start, end);
	if (value === undefined) {
		return {name: word.slice(2), span};
	}
	const equals = word.indexOf('=');
	const valueSpan = {start: value < end ? spanOf(text, value, end).start : span.end, end: span.end};
	return {name: word.slice(2, equals), value: word.slice(equals + 1), span, valueSpan};
}

// BuildKit reads flags byte by byte: 0x85 and 0xA0 are white space even inside a character.
function isByteSpace(character: string): boolean {
	return /^[\t-\r \x85\xa0]$/.test(character);
}

function skipByteSpace(binary: string, start: number, end: number): number {
	let at = start;
	while (at < end && isByteSpace(binary.charAt(at))) {
		at += 1;
	}
	return at;
}
