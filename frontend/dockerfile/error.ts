export type ParseErrorCode =
	| 'DOCKERFILE_TOO_LARGE'
	| 'DOCKERFILE_LINE_TOO_LONG'
	| 'DOCKERFILE_EMPTY'
	| 'DOCKERFILE_NO_STAGE'
	| 'DOCKERFILE_BEFORE_FROM'
	| 'DOCKERFILE_BAD_DIRECTIVE'
	| 'DOCKERFILE_UNKNOWN_INSTRUCTION'
	| 'DOCKERFILE_NOT_TEXT'
	| 'DOCKERFILE_BAD_ARGUMENTS'
	| 'DOCKERFILE_BAD_JSON'
	| 'DOCKERFILE_BAD_SHELL'
	| 'DOCKERFILE_BAD_STAGE_NAME'
	| 'DOCKERFILE_BAD_ONBUILD'
	| 'DOCKERFILE_BAD_HEREDOC'
	| 'DOCKERFILE_BAD_SUBSTITUTION'
	| 'DOCKERFILE_TOO_COMPLEX'
	| 'DOCKERFILE_UNKNOWN_STAGE';

/** A Dockerfile that BuildKit would refuse too, or one that was written to exhaust its reader. */
export class ParseError extends Error {
	override readonly name = 'ParseError';
	readonly code: ParseErrorCode;
	/** 1-based; absent when the file as a whole is to blame. */
	readonly line: number | undefined;
	/** 1-based, in bytes; only where one word is to blame. */
	readonly column: number | undefined;

	constructor(code: ParseErrorCode, message: string, place: {line?: number; column?: number} = {}) {
		super(message);
		this.code = code;
		this.line = place.line;
		this.column = place.column;
	}
}

/** Hostile text for a message: quoted, at most 60 characters of it; what a terminal would obey or not show is escaped. */
export function quoted(text: string): string {
	const shown = text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
	return JSON.stringify(shown).replaceAll(
		/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
		character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
	);
}
