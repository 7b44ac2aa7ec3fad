import type {RuleId} from '../../../policies/rules/index.ts';
import type {ParseError, ParseErrorCode} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';

/** A file that cannot be built at all, as the finding of the rule that it breaks. */
export interface Refusal {
	readonly rule: RuleId;
	readonly message: string;
	readonly place: {readonly file: string; readonly line: number; readonly column?: number};
}

const ruleOf: Readonly<Record<ParseErrorCode, RuleId>> = {
	DOCKERFILE_TOO_LARGE: 'file-length',
	DOCKERFILE_LINE_TOO_LONG: 'file-length',
	DOCKERFILE_TOO_COMPLEX: 'file-length',
	DOCKERFILE_EMPTY: 'has-stage',
	DOCKERFILE_NO_STAGE: 'has-stage',
	DOCKERFILE_BEFORE_FROM: 'has-stage',
	DOCKERFILE_UNKNOWN_STAGE: 'has-stage',
	DOCKERFILE_BAD_DIRECTIVE: 'directives-first',
	DOCKERFILE_UNKNOWN_INSTRUCTION: 'known-instructions',
	DOCKERFILE_NOT_TEXT: 'utf8-text',
	DOCKERFILE_BAD_ARGUMENTS: 'argument-count',
	DOCKERFILE_BAD_JSON: 'valid-json-form',
	DOCKERFILE_BAD_SHELL: 'valid-shell-form',
	DOCKERFILE_BAD_STAGE_NAME: 'no-reserved-stage-name',
	DOCKERFILE_BAD_ONBUILD: 'valid-triggers',
	DOCKERFILE_BAD_HEREDOC: 'closed-heredocs',
	DOCKERFILE_BAD_SUBSTITUTION: 'defined-variables',
};

/** Where the file as a whole is to blame, its first line is. */
export function refusalOf({code, message, line = 1, column}: ParseError, file: string): Refusal {
	return {
		rule: ruleOf[code],
		message: `${message}.`,
		place: {file, line, ...(column === undefined ? {} : {column})},
	};
}

/**
 * For rules whose whole question the parser answers: what breaks them is never parsed, so there is nothing left to find in a
 * file that was. `refusalOf` says what the parser found.
 */
export const refusedByParser: Rule = () => [];
