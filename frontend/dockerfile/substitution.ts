import {ParseError} from './error.ts';
import {dropPrefix, dropSuffix, type Effort} from './pattern.ts';

/** `${name:-word}` and its kind. */
export interface Operation {
	readonly name: string;
	readonly value: string | undefined;
	readonly operator: string;
	readonly word: string;
	/** With a colon, an empty variable counts as unset. */
	readonly isColon: boolean;
}

/** The text that stands for the substitution. */
export function applyOperator(operation: Operation, effort: Effort): string {
	const {value, operator, word, isColon} = operation;
	const set = isColon && value === '' ? undefined : value;
	switch (operator) {
		case '-':
			return set ?? word;
		case '+':
			return set === undefined ? '' : word;
		case '?':
			return set ?? refuseUnset(operation);
		case '#':
		case '%':
			return drop(operation, effort);
		default:
			throw bad(`the operator "${isColon ? ':' : ''}${operator}" is not one that BuildKit knows`);
	}
}

function refuseUnset({name, word}: Operation): never {
	throw bad(`${name} ${word === '' ? 'is not set, and it has to be' : `is not set: ${word}`}`);
}

function drop({value = '', operator, word}: Operation, effort: Effort): string {
	const isLongest = word.startsWith(operator);
	const pattern = isLongest ? word.slice(1) : word;
	return (operator === '#' ? dropPrefix : dropSuffix)(value, pattern, isLongest, effort);
}

/** Only whoever reads the instruction knows its line. */
export function bad(what: string): ParseError {
	return new ParseError('DOCKERFILE_BAD_SUBSTITUTION', `Variables cannot be expanded: ${what}`);
}
