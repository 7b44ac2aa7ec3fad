import {matchesName} from './secret/paths.ts';

/** Whether a path of the build context is left out; absent where the file has a pattern that is not understood here. */
export type Ignoring = (path: string) => boolean | undefined;

interface Pattern {
	readonly parts: readonly string[];
	/** Begins with `!`: takes a path back in. */
	readonly isException: boolean;
}

/** More lines than this, or stars in one of them, take long to compare, and nobody writes them. */
const MAX_LINES = 1000;
const MAX_STARS = 3;

/** An ignore file as Docker reads it: comments only at the start of a line, and the last pattern that matches decides. */
export function ignoringOf(text: string): Ignoring {
	const lines = text
		.split('\n')
		.slice(0, MAX_LINES)
		.filter(line => !line.startsWith('#'))
		.map(line => line.trim())
		.filter(line => line !== '' && line !== '!');
	const patterns = lines.map(patternOf);
	const known = patterns.filter(pattern => pattern !== undefined);
	return path => (known.length === patterns.length ? isIgnored(path, known) : undefined);
}

/** Whether it surely keeps everything out: whoever copies the whole context then copies an empty folder. */
export function leavesNothing(text: string): boolean {
	const lines = text.split('\n').map(line => line.trim());
	return !lines.some(line => line.startsWith('!')) && lines.some(line => /^(?:\*\*?\/)?\*\*?$/.test(line));
}

/** Absent for what Docker understands and we do not: brackets, escapes, and `**` as a part of a name. */
function patternOf(line: string): Pattern | undefined {
	const isException = line.startsWith('!');
	const parts = cleaned(isException ? line.slice(1).trim() : line);
	const isKnown = parts.every(part => !/[[\\]/.test(part) && (part === '**' || !part.includes('**')));
	const stars = parts.filter(part => part === '**').length;
	return isKnown && stars <= MAX_STARS ? {parts, isException} : undefined;
}

/** A `..` takes back what stands before it; one too many is about what is no part of the context. */
function cleaned(path: string): readonly string[] {
	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') {
			parts.pop();
		} else if (part !== '' && part !== '.') {
			parts.push(part);
		}
	}

	return parts;
}

function isIgnored(path: string, patterns: readonly Pattern[]): boolean {
	const names = path.split('/');
	const last = patterns.findLast(({parts}) =>
		names.some((_, index) => matches(parts, names.slice(0, index + 1))),
	);
	return last !== undefined && !last.isException;
}

function matches([part, ...parts]: readonly string[], names: readonly string[]): boolean {
	const [name, ...rest] = names;
	if (part === undefined || name === undefined) {
		return part === undefined ? name === undefined : part === '**' && parts.length === 0;
	}

	if (part === '**') {
		return matches(parts, names) || matches(['**', ...parts], rest);
	}

	return matchesName(part, name) && matches(parts, rest);
}
