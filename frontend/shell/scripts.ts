import type {Dockerfile, Instruction, Stage} from '../dockerfile/ast.ts';
import {basesOf} from '../dockerfile/expand.ts';
import {dialectOf, shebangOf} from './dialect.ts';
import {lazy} from './lazy.ts';
import {type Placed, placed, unplaced} from './places.ts';
import {NOT_PARSED, type Parsed, readCode, readStarted} from './read.ts';
import type {Command, Dialect, Script} from './script.ts';
import {argumentsOf, type File, fileOf, isOnlyHeredoc, withHeredocs} from './script-text.ts';
import {nameOf} from './started.ts';
import {itemOf} from './word.ts';

/** More than any person writes: a syntax tree takes a thousand times the room of its text. */
const MAX_SCRIPTS = 20_000;
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * All the code of these stages, in the order of the file, up to where `unreadFrom` says. Each script is parsed when its
 * commands are first asked for.
 */
export function scriptsOf(dockerfile: Dockerfile, stages: readonly Stage[]): readonly Script[] {
	const file = fileOf(dockerfile);
	const shells = shellsOf(dockerfile);
	const end = unreadFrom(dockerfile) ?? Number.POSITIVE_INFINITY;
	return stages
		.filter(({from}) => from.line < end)
		.flatMap(stage => [...scriptsIn(file, stage, shells[stage.index] ?? DEFAULT_SHELL, end)]);
}

/** Line of the first instruction whose code is not read, because there is too much of it before; usually there is none. */
export function unreadFrom({instructions}: Dockerfile): number | undefined {
	let scripts = 0;
	let bytes = 0;
	return instructions.find(instruction => {
		const isCode = CODE.has((instruction.inner ?? instruction).keyword);
		scripts += isCode ? 1 : 0;
		bytes += isCode ? instruction.span.end - instruction.span.start : 0;
		return scripts > MAX_SCRIPTS || bytes > MAX_BYTES;
	})?.line;
}

const DEFAULT_SHELL = ['/bin/sh', '-c'];
const WINDOWS_SHELL = ['cmd', '/S', '/C'];

/** The shell that each stage begins with: that of the stage it starts from, or the default. */
function shellsOf(dockerfile: Dockerfile): readonly (readonly string[])[] {
	const bases = basesOf(dockerfile, new Map());
	const byName = new Map<string, readonly string[]>();
	return dockerfile.stages.map(({index, name, instructions}) => {
		const base = bases[index] ?? '';
		const first = byName.get(base) ?? defaultOf(base);
		if (name !== undefined) {
			byName.set(name, instructions.findLast(isShell)?.json ?? first);
		}
		return first;
	});
}

function isShell({keyword, json}: Instruction): boolean {
	return keyword === 'SHELL' && json !== undefined;
}

function defaultOf(base: string): readonly string[] {
	return /windows\/|nanoserver|servercore/i.test(base) ? WINDOWS_SHELL : DEFAULT_SHELL;
}

const CODE: ReadonlySet<string> = new Set(['RUN', 'CMD', 'ENTRYPOINT', 'HEALTHCHECK']);

function* scriptsIn(file: File, stage: Stage, first: readonly string[], end: number): Generator<Script> {
	let shell = first;
	for (const instruction of stage.instructions) {
		if (instruction.line >= end) {
			return;
		}
		if (instruction.keyword === 'SHELL') {
			shell = instruction.json ?? shell;
		}
		if (CODE.has((instruction.inner ?? instruction).keyword)) {
			const script = scriptOf({file, stage, outer: instruction, shell});
			if (script !== undefined) {
				yield script;
			}
		}
	}
}

interface Found {
	readonly file: File;
	readonly stage: Stage;
	/** The ONBUILD, if there is one. */
	readonly outer: Instruction;
	readonly shell: readonly string[];
}

function scriptOf(found: Found): Script | undefined {
	const {file, outer, shell} = found;
	const instruction = outer.inner ?? outer;
	if (instruction.json !== undefined) {
		return execScript(found, instruction, instruction.json);
	}
	const args = argumentsOf(file, outer, outer.inner !== undefined);
	if (args.binary === '') {
		return undefined;
	}
	const sections = withHeredocs(file, args, instruction.heredocs);
	const code = placed(file, sections, instruction.line);
	const isBody = instruction.heredocs.length > 0 && isOnlyHeredoc(args);
	const shebang = isBody ? shebangOf(code.text) : undefined;
	const reader = shebang ?? shell;
	const dialect = dialectOf(reader);
	const isRead = dialect === 'sh' || dialect === 'bash';
	return makeScript(found, {dialect, shell: reader, code}, script =>
		isRead ? readCode({script, placed: code, numbers: {next: 0}, depth: 0}) : NOT_PARSED,
	);
}

interface Kind {
	readonly dialect: Dialect;
	readonly shell: readonly string[];
	readonly code: Placed;
}

function makeScript({file, stage, outer}: Found, kind: Kind, read: (script: Script) => Parsed): Script {
	const {dialect, shell, code} = kind;
	const parsed = lazy((): Parsed => read(script));
	const script: Script = {
		dockerfile: file.dockerfile,
		stage,
		instruction: outer.inner ?? outer,
		isTrigger: outer.inner !== undefined,
		dialect,
		shell,
		...code,
		get tree() {
			return parsed().tree;
		},
		get commands() {
			return parsed().commands;
		},
	};
	return script;
}

function execScript(found: Found, instruction: Instruction, items: readonly string[]): Script | undefined {
	if (items.length === 0) {
		return undefined;
	}
	const {words, line} = instruction;
	// A HEALTHCHECK has its CMD before them.
	const itemLines = words.slice(-items.length).map(word => word.line);
	const code = unplaced(items.join(' '), () => itemLines[0] ?? line);
	return makeScript(found, {dialect: 'exec', shell: [], code}, script => {
		let at = 0;
		const shellWords = items.map((item, index) => {
			const word = itemOf(item, at, itemLines[index] ?? line);
			at = word.end + 1;
			return word;
		});
		const [nameWord, ...args] = shellWords;
		const command: Command = {
			script,
			name: nameOf(nameWord),
			nameWord,
			args,
			assignments: [],
			redirects: [],
			joint: 'start',
			startedBy: undefined,
			starter: undefined,
			list: 0,
			isConditional: false,
			isTested: false,
			span: undefined,
			line: itemLines[0] ?? line,
			place: undefined,
		};
		const commands = [command];
		const numbers = {next: 0};
		readStarted(
			{code: {script, placed: code, numbers, depth: 0}, commands},
			command,
			{isConditional: false, isTested: false},
			0,
		);
		return {tree: undefined, commands};
	});
}
