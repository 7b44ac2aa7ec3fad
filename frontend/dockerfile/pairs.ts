import type {Instruction, Span} from './ast.ts';
import {ParseError} from './error.ts';
import {lex} from './shell.ts';

export interface Pair {
	/** Quotes and escapes removed. */
	readonly name: string;
	/** As written: quoted and not expanded. Absent for an ARG without a default. */
	readonly value: string | undefined;
	/** Place of the value; absent where the value is. */
	readonly valueSpan: Span | undefined;
	readonly line: number;
}

/** A word without its quotes and escapes, variables left as written. A word whose quotes do not close stays as it is. */
export function unquote(word: string, escapeBy: string): string {
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
export function pairsOf({words}: Instruction, escapeBy: string): readonly Pair[] {
	return words.flatMap(({pair, line}) =>
		pair === undefined
			? []
			: [{name: unquote(pair.name, escapeBy), value: pair.value, valueSpan: pair.valueSpan, line}],
	);
}
