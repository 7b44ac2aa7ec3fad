import {ignorePattern, isIgnored} from './ignore-pattern.ts';

/** Whether a path of the build context is left out; absent where the file has a pattern that is not understood here. */
export type Ignoring = (path: string) => boolean | undefined;

/** More patterns than this take long to compare, and nobody writes them. */
const MAX_PATTERNS = 1000;

/**
 * The patterns of an ignore file, cleaned as BuildKit does it: comments only at the start of a line, no leading slash, `.` and
 * `..` worked out; a `!` takes a path back in.
 */
export function ignoreLines(text: string): readonly string[] {
	return text
		.split('\n')
		.filter(line => !line.startsWith('#'))
		.map(line => line.trim())
		.filter(line => line !== '' && line !== '!')
		.map(line => (line.startsWith('!') ? `!${cleaned(line.slice(1).trim())}` : cleaned(line)));
}

/** An ignore file as Docker reads it: the last pattern that matches decides. */
export function ignoringOf(text: string): Ignoring {
	const lines = ignoreLines(text);
	const patterns = lines.slice(0, MAX_PATTERNS).map(ignorePattern);
	const known = patterns.filter(pattern => pattern !== undefined);
	return path => (known.length === lines.length ? isIgnored(path, known) : undefined);
}

/** Whether it surely keeps everything out: whoever copies the whole context then copies an empty folder. */
export function leavesNothing(text: string): boolean {
	const lines = text.split('\n').map(line => line.trim());
	return !lines.some(line => line.startsWith('!')) && lines.some(line => /^(?:\*\*?\/)?\*\*?$/.test(line));
}

/** A `..` takes back what stands before it; one too many is about what is no part of the context. */
function cleaned(path: string): string {
	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') {
			parts.pop();
		} else if (part !== '' && part !== '.') {
			parts.push(part);
		}
	}

	return parts.length === 0 ? '.' : parts.join('/');
}
