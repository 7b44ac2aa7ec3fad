import type {Dockerfile, Instruction} from '../dockerfile/ast.ts';
import {ParseError} from '../dockerfile/error.ts';
import {lex} from '../dockerfile/shell.ts';

/** Values by name; absent for a name that nothing sets. */
export type Scope = ReadonlyMap<string, string>;

export interface Pair {
	readonly name: string;
	/** As written: quoted and not expanded. Absent for `ARG NAME`. */
	readonly value: string | undefined;
	readonly line: number;
}

// BuildKit sets these itself, and differently for every platform of a build.
const platformArgs: ReadonlySet<string> = new Set(
	['BUILD', 'TARGET'].flatMap(side =>
		['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'].map(part => side + part),
	),
);

/** The pairs of ENV, LABEL or ARG. */
export function pairsOf({keyword, args, words, line}: Instruction): readonly Pair[] {
	const [first] = words;
	// `ENV NAME the rest of the line`, the form that BuildKit calls legacy and still takes.
	if (keyword !== 'ARG' && first !== undefined && !first.text.includes('=')) {
		const [, name = '', value = ''] = /^(\S+)\s+([\s\S]*)$/.exec(args) ?? [];
		return name === '' ? [] : [{name: bare(name), value, line}];
	}

	return words.map(word => {
		const at = word.text.indexOf('=');
		return at < 0
			? {name: bare(word.text), value: undefined, line: word.line}
			: {name: bare(word.text.slice(0, at)), value: word.text.slice(at + 1), line: word.line};
	});
}

/** What FROM may use: the ARG instructions before the first FROM, and the build arguments given for them. */
export function globalScope(dockerfile: Dockerfile, buildArgs: Scope): Scope {
	const scope = new Map<string, string>();
	for (const {name, value} of dockerfile.globalArgs.flatMap(pairsOf)) {
		const own = value === undefined ? undefined : expandIn(value, scope, dockerfile);
		const given = buildArgs.get(name) ?? own;
		if (given !== undefined) {
			scope.set(name, given);
		}
	}

	return scope;
}

/** Longest value that is of use here: references, users, ports, paths. Keeps files that double a variable cheap. */
const MAX_VALUE = 1024;

/**
 * Expands variables and takes quotes off. Absent when the text needs what only the build of one platform knows, or when
 * BuildKit will refuse it; a variable that nothing sets is empty, as in BuildKit.
 */
export function expandIn(
	text: string,
	scope: Pick<Scope, 'get'>,
	dockerfile: Pick<Dockerfile, 'escape'>,
): string | undefined {
	let isPlatformDependent = false;
	const lookup = (name: string): string | undefined => {
		const value = scope.get(name);
		isPlatformDependent ||= value === undefined && platformArgs.has(name);
		return value;
	};
	try {
		const {result} = lex(text, {escape: dockerfile.escape, lookup});
		return isPlatformDependent || result.length > MAX_VALUE ? undefined : result;
	} catch (error) {
		if (error instanceof ParseError) {
			return undefined;
		}

		throw error;
	}
}

function bare(name: string): string {
	return name.replace(/^(["'])(.*)\1$/, '$2');
}
