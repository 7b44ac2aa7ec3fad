/** Half-open range of byte offsets in the Dockerfile as the author wrote it. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** A Dockerfile as BuildKit's own parser sees it, with the place of everything an edit may touch. */
export interface Dockerfile {
	/** The author's bytes, untouched. */
	readonly bytes: Uint8Array;
	readonly escape: '\\' | '`';
	readonly directives: readonly Directive[];
	/** Every instruction in order, those before the first FROM included. */
	readonly instructions: readonly Instruction[];
	/** ARG instructions before the first FROM. */
	readonly globalArgs: readonly Instruction[];
	readonly stages: readonly Stage[];
	readonly comments: readonly Comment[];
}

/** `# name=value` at the very top: syntax, escape, check. */
export interface Directive {
	readonly name: string;
	readonly value: string;
	readonly line: number;
	readonly span: Span;
}

/** A comment line, also one between the lines of a continued instruction. Text without the `#` and the white space around. */
export interface Comment {
	readonly text: string;
	readonly line: number;
	readonly span: Span;
}

export interface Instruction {
	/** Upper case, e.g. `RUN`. */
	readonly keyword: string;
	/** First and last line, counted from 1, heredoc bodies included. */
	readonly line: number;
	readonly endLine: number;
	/** From the keyword to the last byte before the final line ending, heredoc bodies included. */
	readonly span: Span;
	readonly flags: readonly Flag[];
	/** What follows keyword and flags: continuations joined, comments dropped, heredoc bodies left out. */
	readonly args: string;
	/** `args` split at white space as BuildKit does for this instruction; quotes are kept, nothing is expanded. For name=value instructions (ENV, LABEL, ARG) one word per pair as written. */
	readonly words: readonly Word[];
	/** The items of the JSON (exec) form; absent in the shell form. */
	readonly json?: readonly string[];
	readonly heredocs: readonly Heredoc[];
	/** What an ONBUILD will run in a child's build. */
	readonly inner?: Instruction;
	/**
	 * Offsets of the escape characters that continue the file's last line into nothing. Text put after it would be swallowed.
	 * Several when nothing else stands in the lines of all but the first.
	 */
	readonly openEscapes?: readonly number[];
}

export interface Flag {
	/** Without the dashes, e.g. `from` for `--from=build`. */
	readonly name: string;
	/** Absent for a bare `--link`. Quotes removed, not expanded. */
	readonly value?: string;
	readonly span: Span;
	/** The value's bytes, quotes included. */
	readonly valueSpan?: Span;
}

export interface Word {
	readonly text: string;
	/** 1-based line the word starts on. */
	readonly line: number;
	readonly span: Span;
	/** In ENV, LABEL and ARG: the word as name and value, still as written. `pairsOf` removes the quotes. */
	readonly pair?: WordPair;
}

export interface WordPair {
	readonly name: string;
	/** Absent for an ARG without a default. */
	readonly value?: string;
	/** The value's bytes, quotes included; absent where the value is. */
	readonly valueSpan?: Span;
}

export interface Heredoc {
	readonly name: string;
	readonly content: string;
	/** False for a quoted name: nothing in it is expanded. */
	readonly isExpanded: boolean;
	/** `<<-`: leading tabs are dropped. */
	readonly isChomped: boolean;
	/** The body, without the terminator line. */
	readonly span: Span;
}

export interface Stage {
	readonly index: number;
	/** Lower case, as BuildKit compares it. */
	readonly name?: string;
	/** The image or stage that FROM names, as written (not expanded), and its place. */
	readonly base: Word;
	readonly from: Instruction;
	/** Without the FROM. */
	readonly instructions: readonly Instruction[];
	/** First byte of FROM to the last byte of the stage's last instruction. */
	readonly span: Span;
}
