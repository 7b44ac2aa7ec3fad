import type {Script as Tree} from 'unbash';
import type {Dockerfile, Instruction, Span, Stage} from '../dockerfile/ast.ts';

/** What reads a script. Only `sh` and `bash` are parsed; `exec` is a JSON form without a shell, one command. */
export type Dialect = 'sh' | 'bash' | 'powershell' | 'cmd' | 'exec' | 'other';

/**
 * One piece of code in the Dockerfile: a RUN in any form (a heredoc that is the script counts as one), or the shell or exec
 * form of CMD, ENTRYPOINT and HEALTHCHECK CMD. ONBUILD is followed: `instruction` is then the inner one.
 */
export interface Script {
	readonly dockerfile: Dockerfile;
	readonly stage: Stage;
	readonly instruction: Instruction;
	/** True under ONBUILD: it runs in a child's build. */
	readonly isTrigger: boolean;
	readonly dialect: Dialect;
	/** The SHELL in force, e.g. `['/bin/sh', '-c']`; empty for the exec form. */
	readonly shell: readonly string[];
	/** The code as its reader gets it. */
	readonly text: string;
	/** Absent when the dialect is not `sh` or `bash`, or when it does not parse. */
	readonly tree: Tree | undefined;
	/** Every simple command in the order written: those in lists, subshells, functions, substitutions and `sh -c '…'` too. */
	readonly commands: readonly Command[];
	/**
	 * The bytes of the Dockerfile that `text.slice(start, end)` was made from, continuations and comments between them included.
	 * Absent where they cannot be told (a nested `sh -c`, escapes).
	 */
	spanOf(start: number, end: number): Span | undefined;
	/** 1-based line of a character of `text` in the Dockerfile. */
	lineOf(at: number): number;
}

/** How a command hangs on the one before it in the same list; `start` for the first of a script, list or substitution. */
export type Joint = 'start' | '&&' | '||' | '|' | ';' | '\n' | '&';

export interface Command {
	readonly script: Script;
	/** The program's name without its folder, e.g. `apt-get`; empty when it is not a plain word. What `sudo`, `env`, `exec`, `time`, `nice`, `command`, `xargs` and the like start is a command of its own beside theirs. */
	readonly name: string;
	readonly nameWord: ShellWord | undefined;
	/** Everything after the name, options included. */
	readonly args: readonly ShellWord[];
	/** `NAME=value` in front of the command. */
	readonly assignments: readonly ShellAssignment[];
	readonly redirects: readonly ShellRedirect[];
	readonly joint: Joint;
	/** Name of what started it (`sudo`, `xargs`, …), when something did. */
	readonly startedBy: string | undefined;
	/** The command whose words these are: `sudo apt-get` is the starter of its `apt-get`. */
	readonly starter: Command | undefined;
	/** Which list it belongs to: commands with the same number follow each other in the same list of the same script. */
	readonly list: number;
	/** True inside `if`, `||`, `while`, a function, `case`: it may not run, or its failure may be meant. */
	readonly isConditional: boolean;
	/** Its failure is asked for: in the condition of `if` or `while`, beside `||`, after `!`. */
	readonly isTested: boolean;
	/** From its first word to its last, redirections included; absent where no edit is safe. */
	readonly span: Span | undefined;
	readonly line: number;
	/** Absent for what another command started, and after `!` or `time`. */
	readonly place: Place | undefined;
}

/** Where a command stands in its script's text, and what stands beside it in its list. */
export interface Place {
	readonly start: number;
	readonly end: number;
	/** Where what stands before it in its list begins and ends. */
	readonly previousStart: number | undefined;
	readonly previousEnd: number | undefined;
	/** Where what follows begins, and how that hangs on this one. A command in the background has the joint without a start. */
	readonly nextStart: number | undefined;
	readonly nextJoint: Joint | undefined;
}

export interface ShellWord {
	/** As written. */
	readonly text: string;
	/** Quotes and escapes removed; absent when it holds an expansion or a glob whose value is not known. */
	readonly value: string | undefined;
	/** Quotes and escapes removed, expansions and globs as written: `"$A/b"` is `$A/b`. */
	readonly unquoted: string;
	readonly span: Span | undefined;
	readonly line: number;
	/** Names of the variables in it; those in a command substitution are its commands'. */
	readonly variables: readonly string[];
	/** Where it stands in its script's text. */
	readonly start: number;
	readonly end: number;
}

export interface ShellAssignment {
	readonly name: string;
	readonly value: ShellWord | undefined;
	readonly span: Span | undefined;
}

export interface ShellRedirect {
	/** The `2` of `2>file`. */
	readonly descriptor: number | undefined;
	/** e.g. `>`, `>>`, `<`, `<<<`, `<<`. */
	readonly operator: string;
	readonly target: ShellWord | undefined;
	/** The text of a here-document. */
	readonly body: string | undefined;
}
