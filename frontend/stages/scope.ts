import type {Dockerfile} from '../dockerfile/ast.ts';
import {ParseError} from '../dockerfile/error.ts';
import {expand} from '../dockerfile/expand.ts';
import {pairsOf} from '../dockerfile/pairs.ts';

/** Values by name; absent for a name that nothing sets. */
export type Scope = ReadonlyMap<string, string>;

// BuildKit sets these itself, and differently for every platform of a build.
const platformArgs: ReadonlySet<string> = new Set(
	['BUILD', 'TARGET'].flatMap(side =>
		['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'].map(part => side + part),
	),
);

/** What FROM may use: the ARG instructions before the first FROM, and the build arguments given for them. */
export function globalScope(dockerfile: Dockerfile, buildArgs: Scope): Scope {
	const scope = new Map<string, string>();
	for (const {name, value} of dockerfile.globalArgs.flatMap(argument =>
		pairsOf(argument, dockerfile.escape),
	)) {
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
		const expanded = expand(text, lookup, dockerfile.escape);
		return isPlatformDependent || expanded.length > MAX_VALUE ? undefined : expanded;
	} catch (error) {
		if (error instanceof ParseError) {
			return undefined;
		}

		throw error;
	}
}
