import {
	isAlias,
	isMap,
	isNode,
	isPair,
	isScalar,
	isSeq,
	LineCounter,
	type Node,
	parseDocument,
	visit,
} from 'yaml';
import {repeatedKey} from '../policies/repeated-key.ts';
import {lineNestedDeeper} from '../policies/yaml-text.ts';
import {FrontendError} from './error.ts';
import {shownBytes} from './shown-project.ts';

/** Largest project file that is read, in bytes. */
const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 16;

export type Path = readonly (string | number)[];
export type Mapping = Readonly<Record<string, unknown>>;

/** A document and the way back from a value to the line it stands on. */
export interface Door {
	readonly document: unknown;
	/** 1-based line of a value. */
	lineOf(path: Path): number;
	/** The lines of all keys, three deep at most: `proxy.tls.http3`, `routes.0.path`. */
	lines(): ReadonlyMap<string, number>;
	/** @throws {FrontendError} FRONTEND_BAD_PROJECT that names file, line and column */
	refuse(path: Path, message: string): never;
	/** Like `refuse`, but points at the key and not at its value. */
	refuseKey(path: Path, message: string): never;
}

/**
 * YAML text → plain data that knows its lines. Whoever writes a repository writes this file, so it is bounded in size and
 * depth, and aliases (which can make a kilobyte mean a gigabyte) are refused.
 * @throws {FrontendError} FRONTEND_BAD_PROJECT
 */
export function openProject(text: string, file: string): Door {
	const bytes = new TextEncoder().encode(text);
	const shown = shownBytes(bytes);
	const fail = (line: number, column: number, message: string): never => {
		const excerpts = [{file, data: shown, ranges: [{line, endLine: line}]}];
		throw new FrontendError('FRONTEND_BAD_PROJECT', `${file}:${line}:${column}: ${message}`, excerpts);
	};
	if (bytes.length > MAX_BYTES) {
		throw new FrontendError(
			'FRONTEND_BAD_PROJECT',
			`${file} is ${bytes.length} bytes long; a project file has at most ${MAX_BYTES}`,
		);
	}

	const deep = lineNestedDeeper(text, MAX_DEPTH);
	if (deep !== undefined) {
		fail(deep, 1, `this is nested more than ${MAX_DEPTH} deep; a project file needs six levels`);
	}

	const counter = new LineCounter();
	const parsed = parseDocument(text, {lineCounter: counter, uniqueKeys: false});
	const at = (offset: number): {line: number; col: number} => counter.linePos(offset);
	const [problem] = parsed.errors;
	if (problem !== undefined) {
		const {line, col} = at(problem.pos[0]);
		fail(line, col, `this is not YAML: ${oneLine(problem.message)}`);
	}

	const repeated = repeatedKey(parsed);
	if (repeated !== undefined) {
		const {line, col} = at(repeated.offset);
		fail(line, col, repeated.message);
	}

	visit(parsed, (_key, node) => {
		if (
			isAlias(node) ||
			(isNode(node) && node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
		) {
			const {line, col} = at(node.range?.[0] ?? 0);
			fail(line, col, 'YAML aliases and tags are not read here; write the value out');
		}
	});
	const offsetOf = (path: Path, key: boolean): number => rangeStart(parsed.contents, path, key);
	return {
		document: parsed.toJS({maxAliasCount: 0}) ?? {},
		lineOf: path => at(offsetOf(path, false)).line,
		lines: () => new Map(keysIn(parsed.contents, '', 3).map(([name, offset]) => [name, at(offset).line])),
		refuse: (path, message) => {
			const {line, col} = at(offsetOf(path, false));
			return fail(line, col, message);
		},
		refuseKey: (path, message) => {
			const {line, col} = at(offsetOf(path, true));
			return fail(line, col, message);
		},
	};
}

/** A mapping whose keys are all known; an absent one is empty. */
export function mappingAt(door: Door, path: Path, value: unknown, allowed: readonly string[]): Mapping {
	if (value === undefined || value === null) {
		return {};
	}

	if (typeof value !== 'object' || Array.isArray(value)) {
		return door.refuse(path, `${nameOf(path)} is a mapping with the keys ${allowed.join(', ')}`);
	}

	const unknown = Object.keys(value).find(key => !allowed.includes(key));
	if (unknown !== undefined) {
		const inside = path.length === 0 ? 'here' : `of ${nameOf(path)}`;
		const shown = JSON.stringify(unknown.slice(0, 60));
		return door.refuseKey([...path, unknown], `${shown} is not a key ${inside}; use ${allowed.join(', ')}`);
	}

	return value as Mapping; // Neither an array nor null, just above.
}

export function integerAt(
	door: Door,
	path: Path,
	value: unknown,
	{min, max}: {readonly min: number; readonly max: number},
): number | undefined {
	if (
		value === undefined ||
		(typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
	) {
		return value;
	}

	return door.refuse(path, `${nameOf(path)} is a whole number from ${min} to ${max}`);
}

export function choiceAt<const T extends string>(
	door: Door,
	path: Path,
	value: unknown,
	allowed: readonly T[],
): T | undefined {
	const found = allowed.find(candidate => candidate === value);
	if (value === undefined || found !== undefined) {
		return found;
	}

	return door.refuse(path, `${nameOf(path)} is one of ${allowed.join(', ')}`);
}

/** @param expected says in words what the pattern wants, e.g. `a path such as /healthz` */
export function textAt(
	door: Door,
	path: Path,
	value: unknown,
	{pattern, expected}: {readonly pattern: RegExp; readonly expected: string},
): string | undefined {
	if (value === undefined || (typeof value === 'string' && pattern.test(value))) {
		return value;
	}

	return door.refuse(path, `${nameOf(path)} is ${expected}`);
}

export function listAt(door: Door, path: Path, value: unknown, max: number): readonly unknown[] {
	if (value === undefined || value === null) {
		return [];
	}

	if (!Array.isArray(value) || value.length > max) {
		return door.refuse(path, `${nameOf(path)} is a list of at most ${max}`);
	}

	return value;
}

function nameOf(path: Path): string {
	return path.length === 0 ? 'the project file' : path.join('.');
}

function rangeStart(contents: unknown, path: Path, key: boolean): number {
	let node: unknown = contents;
	let start = 0;
	for (const [depth, step] of path.entries()) {
		const pair = isMap(node)
			? node.items.find(item => isPair(item) && keyOf(item.key) === String(step))
			: undefined;
		const isLast = depth === path.length - 1;
		const next: unknown = pair === undefined ? itemOf(node, step) : key && isLast ? pair.key : pair.value;
		start = (isNode(next) ? (next as Node).range?.[0] : undefined) ?? start;
		node = next;
	}

	return start;
}

function keysIn(node: unknown, prefix: string, depth: number): readonly (readonly [string, number])[] {
	const items: readonly (readonly [string, unknown, unknown])[] = isMap(node)
		? node.items.map(({key, value}) => [keyOf(key), key, value])
		: isSeq(node)
			? node.items.map((item, index) => [String(index), item, item])
			: [];
	return items.flatMap(([name, key, value]) => [
		[prefix + name, (isNode(key) ? key.range?.[0] : undefined) ?? 0] as const,
		...(depth > 1 ? keysIn(value, `${prefix}${name}.`, depth - 1) : []),
	]);
}

function keyOf(key: unknown): string {
	return isScalar(key) ? String(key.value) : '';
}

function itemOf(node: unknown, step: string | number): unknown {
	return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
		? node.items[Number(step)]
		: undefined;
}

function oneLine(message: string): string {
	return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
