import {type CommandNode, forEachChild, parse, type Statement, type SyntaxNode} from 'unbash';
import {commandOf, startedCommand} from './command.ts';
import {dialectOf} from './dialect.ts';
import {membersOf} from './lists.ts';
import {type Placed, shifted, unplaced} from './places.ts';
import type {Command, Joint, Place, Script} from './script.ts';
import {nameOf, readsCode, startedBy} from './started.ts';
import {within} from './word.ts';

/** Largest script in characters. The largest honest ones have a hundredth of it. */
const MAX_LENGTH = 256 * 1024;
/** Each level of `$(…)` is read once more than the one around it. */
const MAX_DEPTH = 32;
/** `sudo env nice …`, and `sh -c` in `sh -c`. */
const MAX_STARTED = 8;
/** Each looks for its end in all that follows. */
const MAX_HEREDOCS = 256;

/** A script's tree and commands; neither when it does not parse. */
export type Parsed = Pick<Script, 'tree' | 'commands'>;

export const NOT_PARSED: Parsed = {tree: undefined, commands: []};

/** Code and what is known when its reading begins. */
export interface Code {
	readonly script: Script;
	readonly placed: Placed;
	/** What started it, e.g. `sh` for `sh -c`. */
	readonly startedBy?: string;
	readonly isConditional?: boolean;
	readonly isTested?: boolean;
	/** Gives each list its number, over all the code of an instruction. */
	readonly numbers: {next: number};
	/** How many `sh -c` it is inside of. */
	readonly depth: number;
}

/** Reads code of `sh` or `bash`. Never throws, and takes time linear in its length. */
export function readCode(code: Code): Parsed {
	const {text} = code.placed;
	if (text.length > MAX_LENGTH || code.depth > MAX_STARTED || text.split('<<').length > MAX_HEREDOCS) {
		return NOT_PARSED;
	}
	try {
		const tree = parse(text);
		const reading: Reading = {code, commands: [], hasFailed: false};
		const {script, placed, isConditional = false, isTested = false} = code;
		readScript(reading, tree, {script, placed, isConditional, isTested, depth: 0});
		return reading.hasFailed ? NOT_PARSED : {tree, commands: reading.commands};
	} catch (error) {
		// An enemy's nesting may be deeper than the stack.
		if (error instanceof RangeError) {
			return NOT_PARSED;
		}
		throw error;
	}
}

interface Reading {
	readonly code: Code;
	readonly commands: Command[];
	hasFailed: boolean;
}

interface Where {
	readonly script: Script;
	readonly placed: Placed;
	readonly isConditional: boolean;
	readonly isTested: boolean;
	/** How many `$(…)` it is inside of. */
	readonly depth: number;
}

type Tree = NonNullable<Script['tree']> & {readonly errors?: readonly unknown[] | undefined};

function readScript(reading: Reading, tree: Tree, where: Where): void {
	if ((tree.errors?.length ?? 0) > 0 || where.depth > MAX_DEPTH) {
		reading.hasFailed = true;
	}
	if (!reading.hasFailed) {
		readList(reading, tree.commands, where);
	}
}

function readList(reading: Reading, statements: readonly Statement[], where: Where): void {
	const list = nextList(reading);
	for (const {node, joint, isConditional, isTested, place} of membersOf(statements, where.placed.text)) {
		const inside = {
			...where,
			isConditional: where.isConditional || isConditional,
			isTested: where.isTested || isTested,
		};
		readNode(reading, node, inside, {joint, list, place});
	}
}

function nextList({code: {numbers}}: Reading): number {
	numbers.next += 1;
	return numbers.next;
}

interface Seat {
	readonly joint: Joint;
	readonly list: number;
	readonly place: Place | undefined;
}

function readNode(reading: Reading, node: CommandNode, where: Where, seat: Seat): void {
	if (node.type !== 'Command') {
		readCompound(reading, node, where);
		return;
	}
	const {script, placed, isConditional, isTested} = where;
	const standing = {...seat, isConditional, isTested, startedBy: reading.code.startedBy};
	const command = commandOf(script, placed, node, standing);
	reading.commands.push(command);
	readStarted(reading, command, where, 0);
	readHeredocs(reading, command, node, where);
	forEachChild(node, child => readSubstitutions(reading, child, where));
}

const CONDITIONAL: ReadonlySet<string> = new Set(['If', 'While', 'Case', 'Function']);

function readCompound(reading: Reading, node: SyntaxNode, outer: Where): void {
	const where = {...outer, isConditional: outer.isConditional || CONDITIONAL.has(node.type)};
	forEachChild(node, child => {
		switch (child.type) {
			case 'CompoundList':
				readList(reading, child.commands, isClause(node, child) ? {...where, isTested: true} : where);
				break;
			case 'Command':
				readNode(reading, child, where, {joint: 'start', list: nextList(reading), place: undefined});
				break;
			case 'If':
			case 'Elif':
			case 'For':
			case 'ArithmeticFor':
			case 'Select':
			case 'While':
			case 'Subshell':
			case 'BraceGroup':
			case 'Case':
			case 'CaseItem':
			case 'Redirected':
			case 'TestCommand':
			case 'ArithmeticCommand':
				readCompound(reading, child, where);
				break;
			default:
				readSubstitutions(reading, child, where);
		}
	});
}

/** What `if` and `while` ask. */
function isClause(node: SyntaxNode, child: SyntaxNode): boolean {
	return (node.type === 'If' || node.type === 'Elif' || node.type === 'While') && node.clause === child;
}

function readSubstitutions(reading: Reading, node: SyntaxNode, where: Where): void {
	if (node.type === 'Word' && node.parts === undefined) {
		return;
	}
	for (const part of within(node)) {
		if (part.type === 'Script') {
			readScript(reading, part, {...inSubstitution(part, where), depth: where.depth + 1});
		}
	}
}

/** Escapes in backquotes make another text of what is in them. */
function inSubstitution(tree: Tree, where: Where): Where {
	const {source} = tree;
	if (source === undefined) {
		return where;
	}
	const line = where.placed.lineOf(where.placed.text.indexOf('`'));
	const placed = unplaced(source, () => line);
	return {...where, placed, script: nestedScript(where.script, placed, () => ({tree, commands: []}))};
}

/** The commands that this one starts, and those in the code that it hands to a shell. */
export function readStarted(
	reading: Pick<Reading, 'code' | 'commands'>,
	command: Command,
	where: Pick<Where, 'isConditional' | 'isTested'>,
	level: number,
): void {
	if (level > MAX_STARTED) {
		return;
	}
	for (const started of startedBy(command)) {
		if (started.kind === 'command') {
			const child = startedCommand(command, started.words);
			reading.commands.push(child);
			readStarted(reading, child, where, level + 1);
		} else {
			const {line, unquoted} = started.code;
			const placed = unplaced(unquoted, () => line);
			readNested(reading, command, placed, started.shell, where);
		}
	}
}

/** `bash <<EOF`: the body is code. */
function readHeredocs(reading: Reading, command: Command, node: CommandNode, where: Where): void {
	const bodies = node.type === 'Command' ? node.redirects.filter(({type}) => type === 'HereDoc') : [];
	// `sudo bash <<EOF` too: what was started last reads it.
	const reader = bodies.length === 0 ? undefined : readerOf(command);
	for (const redirect of reader === undefined ? [] : bodies) {
		if (redirect.type === 'HereDoc' && reader !== undefined) {
			const {text, pos} = redirect.body;
			const isSlice = redirect.operator === '<<' && where.placed.text.startsWith(text, pos);
			const placed = isSlice
				? shifted(where.placed, text, pos)
				: unplaced(text.replaceAll(/^\t+/gm, ''), () => where.placed.lineOf(pos));
			readNested(reading, command, placed, reader, where);
		}
	}
}

/** The words of the shell that reads what the command is given. */
function readerOf(command: Pick<Command, 'name' | 'args'>, level = 0): readonly string[] | undefined {
	if (readsCode(command)) {
		return [command.name, ...command.args.map(({unquoted}) => unquoted)];
	}
	const [started] = level > MAX_STARTED ? [] : startedBy(command);
	if (started?.kind !== 'command') {
		return undefined;
	}
	const [first, ...args] = started.words;
	return readerOf({name: nameOf(first), args}, level + 1);
}

function readNested(
	reading: Pick<Reading, 'code' | 'commands'>,
	command: Command,
	placed: Placed,
	shell: readonly string[],
	{isConditional, isTested}: Pick<Where, 'isConditional' | 'isTested'>,
): void {
	const {numbers, depth} = reading.code;
	const script = nestedScript(command.script, placed, () => parsed, shell);
	const parsed = readCode({
		script,
		placed,
		startedBy: command.name,
		isConditional,
		isTested,
		numbers,
		depth: depth + 1,
	});
	for (const inner of parsed.commands) {
		reading.commands.push(inner);
	}
}

function nestedScript(outer: Script, placed: Placed, read: () => Parsed, shell = outer.shell): Script {
	const {dockerfile, stage, instruction, isTrigger} = outer;
	return {
		dockerfile,
		stage,
		instruction,
		isTrigger,
		dialect: dialectOf(shell),
		shell,
		...placed,
		get tree() {
			return read().tree;
		},
		get commands() {
			return read().commands;
		},
	};
}
