/** One file of a build context. */
export type ContextFile =
	| string
	| Uint8Array
	| {readonly text: string; readonly mode: number}
	| {readonly link: string}
	| {readonly tar: Readonly<Record<string, string>>; readonly gzip: boolean};

/**
 * A build that must come out the same with and without us. In `dockerfile` and `args`, `@server` is the address of a web
 * server with `files` of the context, `@git` that of a git server with the repository `repo`, and `@in/x` a path in the
 * context.
 */
export interface FidelityCase {
	readonly dockerfile: string | Uint8Array;
	/** Beside the files that every context has. */
	readonly files?: Readonly<Record<string, ContextFile>>;
	/** Of `docker build`, before the context. */
	readonly args?: readonly string[];
	/** What is built; the folder with the Dockerfile when absent. */
	readonly context?: string;
	/** Name of the Dockerfile in the context; `-` gives it on standard input. */
	readonly file?: string;
	/** The build fails, and BuildKit by itself says this. */
	readonly fails?: string;
	/** BuildKit by itself says this, in a warning or in an answer. */
	readonly says?: string;
	/** Not an image but what a question or an exporter gives. */
	readonly gives?: 'answer' | 'tar' | 'local';
	readonly env?: Readonly<Record<string, string>>;
	/** Why a build under an ordinary policy does something else. */
	readonly judged?: string;
}

export type FidelityCases = Readonly<Record<string, FidelityCase>>;

/** Has a shell; is on every engine of the tests. */
export const ALPINE = 'alpine:3.22';

/** What every context holds. */
export const FILES: Readonly<Record<string, ContextFile>> = {
	a: 'a\n',
	'b/c': 'c\n',
	'b/d.txt': 'd\n',
	'b/deep/e.txt': 'e\n',
	'run.sh': {text: '#!/bin/sh\necho ran\n', mode: 0o755},
	link: {link: 'a'},
	'with space.txt': 'space\n',
};
