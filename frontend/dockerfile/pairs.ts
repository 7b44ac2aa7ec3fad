import type {Instruction, Span} from './ast.ts';
import {ParseError} from './error.ts';
import {lex} from './shell.ts';

export interface Pair {
	readonly key: string;
	/** Quotes and escapes removed, variables as written. Absent for an ARG without a default. */
	readonly value?: string;
	/** Name and value. */
	readonly span: Span;
	/** The value as written; absent where the value is. */
	readonly valueSpan?: Span;
	readonly line: number;
}

/** A word without its quotes and escapes, variables left as written. A word whose quotes do not close stays as it is. */
export function unquote(word: string, escapeBy = '\\'): string {
	try {
		return lex(word, {escape: escapeBy, lookup: () => undefined, keepsUnknown: true}).result;
	} catch (error) {
		if (error instanceof ParseError) {
			return word;
		}
		throw error;
	}
}

/**
 * Names and values of an ENV, LABEL or ARG, in both of its forms; nothing for other instructions.
 * @param escapeBy the file's escape character (`Dockerfile.escape`)
 */
export function pairsOf(instruction: Instruction, escapeBy = '\\'): readonly Pair[] {
	return instruction.words.flatMap(({pair, span, line}) => {
		if (pair === undefined) {
			return [];
		}
		const value = pair.value === undefined ? {} : {value: unquote(pair.value, escapeBy)};
		const valueSpan = pair.valueSpan === undefined ? {} : {valueSpan: pair.valueSpan};
		return [{key: unquote(pair.name, escapeBy), ...value, span, ...valueSpan, line}];
	});
}
