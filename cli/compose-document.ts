import {isScalar, LineCounter, parseDocument} from 'yaml';
import {CliError} from './error.ts';

export type Mapping = Readonly<Record<string, unknown>>;

/** A Compose file as data, and the way back from a value to its line. */
export interface ComposeDocument {
	readonly file: string;
	readonly root: Mapping;
	/** 1-based line of a value, or of the nearest thing around it that is written in the file. */
	lineOf(path: readonly string[]): number;
	/** Lines of the file before the first one of a text. */
	linesBefore(path: readonly string[]): number;
}

/** Deeper than this no Compose file goes, and the parser calls itself once per level. */
const MAX_DEPTH = 64;
/** Copies that one alias may stand for: a file that means a gigabyte is refused. */
const MAX_ALIASES = 1000;

/** YAML text → data. @throws {CliError} CLI_BAD_INPUT with file, line and column */
export function openCompose(file: string, text: string): ComposeDocument {
	const counter = new LineCounter();
	const fail = (line: number, column: number, message: string): never => {
		throw new CliError('CLI_BAD_INPUT', `${file}:${line}:${column}: ${message}`);
	};
	const deep = lineNestedTooDeep(text);
	if (deep !== undefined) {
		fail(deep, 1, `this is nested more than ${MAX_DEPTH} deep; a Compose file needs six levels`);
	}

	const parsed = parseDocument(text, {lineCounter: counter, merge: true, logLevel: 'silent'});
	const [problem] = parsed.errors;
	if (problem !== undefined) {
		const {line, col} = counter.linePos(problem.pos[0]);
		const reason = (problem.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
		fail(line, col, `this is not YAML: ${reason}`);
	}

	const startOf = (path: readonly string[]): number => {
		const node = path.length === 0 ? parsed.contents : parsed.getIn(path, true);
		const range: unknown =
			typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
		const start: unknown = Array.isArray(range) ? range[0] : undefined;
		return typeof start === 'number' ? start : path.length === 0 ? 0 : startOf(path.slice(0, -1));
	};
	const lineOf = (path: readonly string[]): number => counter.linePos(startOf(path)).line;
	return {
		file,
		root: rootOf(() => parsed.toJS({maxAliasCount: MAX_ALIASES}), file),
		lineOf,
		linesBefore: path => {
			const node = parsed.getIn(path, true);
			const isBlock = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
			return lineOf(path) - (isBlock ? 0 : 1);
		},
	};
}

function rootOf(make: () => unknown, file: string): Mapping {
	try {
		return mappingOf(make());
	} catch (cause) {
		// An alias without an anchor, one inside itself, or too many copies.
		const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown reason';
		throw new CliError('CLI_BAD_INPUT', `${file}: its aliases cannot be followed: ${reason}`, {cause});
	}
}

/** The mapping, or an empty one for anything else. */
export function mappingOf(value: unknown): Mapping {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Mapping) // An object that is no array has string keys.
		: {};
}

// Flow brackets and block indents: the two ways to nest. Brackets in strings count too; 64 of them open at once are rare.
function lineNestedTooDeep(text: string): number | undefined {
	let open = 0;
	const found = text.split('\n').findIndex(line => {
		const indicators = (/^[ \t]*(?:[-?:][ \t]+)*/.exec(line)?.[0] ?? '').replace(/[^-?:]/g, '').length;
		const indent = line.length - line.trimStart().length;
		const opening = line.replace(/[^[{]/g, '').length;
		const closing = line.replace(/[^\]}]/g, '').length;
		const isDeep = open + opening > MAX_DEPTH || indicators > MAX_DEPTH || indent > MAX_DEPTH * 8;
		open = Math.max(0, open + opening - closing);
		return isDeep;
	});
	return found < 0 ? undefined : found + 1;
}
