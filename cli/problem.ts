import {ParseError} from '../frontend/dockerfile/error.ts';
import {FrontendError} from '../frontend/error.ts';
import {type Refusal, refusalOf} from '../frontend/rules/syntax/refusals.ts';
import {PolicyError} from '../policies/error.ts';
import type {RuleId} from '../policies/rules/index.ts';
import {shownPath} from './builds.ts';
import {CliError} from './error.ts';

/** Why a file could not be judged. It takes the place of the file's findings, and stops nothing else. */
export interface Problem {
	readonly file: string;
	/** A sentence that names the place. */
	readonly message: string;
	/** The rule that a file broke which cannot be built at all. */
	readonly rule?: RuleId;
	/** 1-based, when the sentence names one. */
	readonly line?: number;
	readonly column?: number;
}

/** An error as a problem of a file. A defect of ours is one too: the other files are judged all the same. */
export function problemOf(path: string, error: unknown): Problem {
	const file = shownPath(path);
	const message = sentenceOf(error);
	if (message === undefined) {
		const kind = error instanceof Error ? error.name : 'unknown';
		return {
			file,
			message: `${file} could not be judged (${kind}). This is a defect of ours: please report it.`,
		};
	}

	const refusal = refusalIn(error, file);
	const [, line, column] = /^[^\s:]+:(\d+)(?::(\d+))?:/.exec(message) ?? [];
	return {
		file,
		message,
		...(refusal === undefined ? {} : {rule: refusal.rule}),
		...(line === undefined ? {} : {line: Number(line)}),
		...(column === undefined ? {} : {column: Number(column)}),
	};
}

/** What the parser found, where that is why. */
function refusalIn(error: unknown, file: string): Refusal | undefined {
	const cause = error instanceof Error ? error.cause : undefined;
	return cause instanceof ParseError ? refusalOf(cause, file) : undefined;
}

/** The sentence of an error that is somebody's mistake; undefined for a defect of ours. */
export function sentenceOf(error: unknown): string | undefined {
	return error instanceof CliError || error instanceof FrontendError || error instanceof PolicyError
		? error.message
		: undefined;
}
