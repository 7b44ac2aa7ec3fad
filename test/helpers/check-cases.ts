import {readFileSync} from 'node:fs';
import type {Instruction} from '../../frontend/dockerfile/ast.ts';
import {ParseError} from '../../frontend/dockerfile/error.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';

/** A Dockerfile that BuildKit's own checks were asked about, and what else they were told. */
export interface CheckCase {
	readonly name: string;
	readonly text: string;
	readonly buildArgs: Readonly<Record<string, string>>;
	/** The text of the ignore file; absent where there is none. */
	readonly ignore?: string;
	/** Where we mean something else, and why: by `Check:line`. */
	readonly differs: Readonly<Record<string, string>>;
}

export interface Answer {
	/** `CHECK:LINE` of every warning, sorted. */
	readonly warnings: readonly string[];
	/** It went no further than to a mistake that ends a build. */
	readonly isRefused: boolean;
}

/** Where two answers part: what only one of them says, and whether that is meant. */
export interface Difference {
	readonly warning: string;
	readonly side: 'both' | 'theirs' | 'ours';
	readonly why?: string;
}

const folder = new URL('../fixtures/dockerfile/buildkit/', import.meta.url);

/** What BuildKit said of the cases when it was last asked. */
export const checkedFile = new URL('checked.jsonl', folder);

/** Cases begin with `=== NAME`; a second line `=== {…}` has the rest of the case. */
export function checkCases(): readonly CheckCase[] {
	const blocks = readFileSync(new URL('checks.txt', folder), 'utf8').split(/^=== (?=[^{])/m);
	return blocks.slice(1).map(block => {
		const [, name = '', options, text = ''] = /^([^\n]*)\n(?:=== (\{[^\n]*\})\n)?(.*)$/s.exec(block) ?? [];
		return {buildArgs: {}, differs: {}, ...JSON.parse(options ?? '{}'), name, text};
	});
}

/** The answers of BuildKit by the name of the case. */
export function checkedCases(): ReadonlyMap<string, Answer> {
	const lines = readFileSync(checkedFile, 'utf8').trimEnd().split('\n');
	return new Map(lines.map(line => JSON.parse(line)).map(({name, ...answer}) => [name, answer]));
}

/**
 * Compares by check and instruction: of one that goes over several lines, BuildKit shows the first or the last, and we show
 * the one to change. Where it stopped at a mistake, it did not see what comes after.
 */
export function differences({text, differs}: CheckCase, theirs: Answer, ours: Answer): readonly Difference[] {
	const isCut = theirs.isRefused || ours.isRefused;
	if (ours.isRefused && !theirs.isRefused) {
		return [{warning: 'refused', side: 'ours', ...whyOf(differs['refused'])}];
	}

	const startOf = starts(text);
	const [left, right] = [theirs, ours].map(({warnings}) => new Set(warnings.map(startOf)));
	const all = new Set([...(left ?? []), ...(right ?? [])]);
	return [...all].flatMap(warning => {
		const [isTheirs, isOurs] = [left?.has(warning) === true, right?.has(warning) === true];
		const side = isTheirs && isOurs ? 'both' : isTheirs ? 'theirs' : 'ours';
		return isCut && !isTheirs ? [] : [{warning, side, ...whyOf(differs[warning])} as const];
	});
}

function whyOf(why: string | undefined) {
	return why === undefined ? {} : {why};
}

/** Moves a line to that of its instruction; a comment's, to that of the next. */
function starts(text: string): (warning: string) => string {
	const {instructions} = parsed(text);
	return warning => {
		const [check = '', line = '0'] = warning.split(':');
		const owner = instructions.find(({endLine}) => endLine >= Number(line));
		return `${check}:${owner?.line ?? line}`;
	};
}

function parsed(text: string): {readonly instructions: readonly Instruction[]} {
	try {
		const {globalArgs, instructions} = parseDockerfile(Buffer.from(text));
		return {instructions: [...globalArgs, ...instructions].toSorted((a, b) => a.line - b.line)};
	} catch (error) {
		if (error instanceof ParseError) {
			return {instructions: []};
		}
		throw error;
	}
}
