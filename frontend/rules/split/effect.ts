import {operandsOf} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';

/** What an instruction of the stage changes in its files. */
export type Effect =
	/** A file or folder that is made or changed, absolute. */
	| {readonly kind: 'writes'; readonly path: string}
	| {readonly kind: 'removes'; readonly path: string}
	| Packages
	/** Users or groups: `/etc/passwd` and the like, and homes. */
	| {readonly kind: 'accounts'}
	/** A program of a package manager's that is put where all programs are, e.g. `npm install -g`. */
	| {readonly kind: 'tools'; readonly names: readonly string[]}
	/** Something that nobody here knows to be harmless. */
	| {readonly kind: 'unknown'; readonly what: string};

export interface Packages {
	readonly kind: 'packages';
	readonly manager: 'apt' | 'apk';
	readonly act: 'install' | 'remove' | 'upgrade';
	/** As written, versions and all. */
	readonly names: readonly string[];
	/** What `apk add --virtual` calls them all. */
	readonly virtual?: string | undefined;
	/** Options that must be repeated: `--no-install-recommends`. */
	readonly options: readonly string[];
}

/** Where a command is carried out, and what its words are worth. */
export interface Place {
	readonly folder: string | undefined;
	readonly user: string | undefined;
	/** A word with its variables; absent where one is not known. */
	readonly text: (word: ShellWord | undefined) => string | undefined;
	/** A word as an absolute path; absent where it cannot be told, or is a pattern. */
	readonly path: (word: ShellWord | undefined) => string | undefined;
}

/** What a language knows of a command; absent where it knows nothing. */
export type Reader = (command: Command, place: Place) => readonly Effect[] | undefined;

export interface Placed {
	readonly effect: Effect;
	readonly line: number;
}

export function unknown(what: string): Effect {
	return {kind: 'unknown', what};
}

export function writes(path: string | undefined, what: string): Effect {
	return path === undefined ? unknown(what) : {kind: 'writes', path};
}

/** The operands of a command as paths, options with a value given; absent where one of them cannot be told. */
export function pathsOf(
	command: Command,
	{path}: Place,
	{skip = 0, withValue = []}: {readonly skip?: number; readonly withValue?: readonly string[]} = {},
): readonly string[] | undefined {
	const paths = operandsOf(command, {withValue}).slice(skip).map(path);
	return paths.every(each => each !== undefined) ? (paths as string[]) : undefined;
}
