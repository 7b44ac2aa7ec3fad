import type {Directive} from './ast.ts';
import {decode} from './bytes.ts';
import {ParseError, quoted} from './error.ts';
import type {Line} from './lines.ts';

type Escape = '\\' | '`';

const names = ['syntax', 'escape', 'check'];

/**
 * Reads `# name=value`, or nothing when the line is something else, which ends the place for directives.
 * @param start the line's first byte that is not white space
 */
export function directiveOf(binary: string, line: Line, start: number): Directive | undefined {
	const text = binary.slice(start, line.end);
	const [head, name = ''] = /^#[\t\n\f\r ]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=/.exec(text) ?? [];
	const value = head === undefined ? '' : trim(text.slice(head.length));
	if (value === '' || !names.includes(name.toLowerCase())) {
		return undefined;
	}
	return {name: name.toLowerCase(), value: decode(value), line: line.number, span: {start, end: line.end}};
}

// By hand: an expression for this takes quadratic time on a line of spaces.
function trim(text: string): string {
	let start = 0;
	let end = text.length;
	while (start < end && isSpace(text[start])) {
		start += 1;
	}
	while (end > start && isSpace(text[end - 1])) {
		end -= 1;
	}
	// BuildKit's expression wants one character, and takes the last space when there is nothing else.
	return start === end ? text.slice(-1) : text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
	return character !== undefined && /^[\t\n\f\r ]$/.test(character);
}

/** The escape character that the directive sets. Each directive may stand once. */
export function escapeAfter(directive: Directive, before: readonly Directive[], escapeBy: Escape): Escape {
	const {name, value, line} = directive;
	if (before.some(other => other.name === name)) {
		throw new ParseError(
			'DOCKERFILE_BAD_DIRECTIVE',
			`Line ${line} repeats the directive "${name}"; keep one of them`,
			{line},
		);
	}
	if (name !== 'escape') {
		return escapeBy;
	}
	if (value !== '\\' && value !== '`') {
		throw new ParseError(
			'DOCKERFILE_BAD_DIRECTIVE',
			`Line ${line} sets the escape character to ${quoted(value)}; it can only be \\ or \``,
			{line},
		);
	}
	return value;
}
