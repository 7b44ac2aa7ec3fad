import type {Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import {removeWord} from '../../shell/edits.ts';
import type {Command, ShellAssignment, ShellWord} from '../../shell/script.ts';
import {withoutInstruction} from '../instruction-edits.ts';
import {ranScripts, withoutCommand} from '../ran.ts';
import type {Subject} from '../rule.ts';

/** A variable that programs of the build will see. */
export interface Setting {
	readonly name: string;
	readonly value: string;
	readonly line: number;
	/** Takes the setting out; absent where that is not safe. */
	readonly without: Edit | undefined;
}

/** Where ENV, ARG and the code of RUN give such a variable a value that is known. */
export function settingsOf(subject: Subject, isWanted: (name: string) => boolean): readonly Setting[] {
	const found = [...inInstructions(subject, isWanted), ...inCode(subject, isWanted)];
	return found.toSorted((a, b) => a.line - b.line);
}

function inInstructions(subject: Subject, isWanted: (name: string) => boolean): readonly Setting[] {
	return subject.steps
		.filter(({instruction: {keyword}}) => keyword === 'ENV' || keyword === 'ARG')
		.filter(({stage}) => subject.roleOf(stage) !== 'unused')
		.flatMap(step =>
			pairsOf(step.instruction, step.escapeBy).flatMap(({name, value, line}, at) => {
				const known = value === undefined || !isWanted(name) ? undefined : step.expand(value);
				const without = known === undefined ? undefined : withoutPair(subject, step.instruction, at);
				return known === undefined ? [] : [{name, value: known, line, without}];
			}),
		);
}

/** Takes one name and its value away, and leaves the lines of the others as they are. */
function withoutPair({dockerfile}: Subject, instruction: Instruction, at: number): Edit | undefined {
	const {words} = instruction;
	const word = words[at];
	if (word?.pair === undefined) {
		return undefined;
	}
	if (words.length === 1) {
		return withoutInstruction(dockerfile, instruction);
	}
	const [previous, next] = [words[at - 1], words[at + 1]];
	if (next === undefined) {
		return cut(dockerfile.bytes, previous?.span.end ?? word.span.start, word.span.end);
	}
	if (next.line === word.line) {
		return {span: {start: word.span.start, end: next.span.start}, text: ''};
	}
	return {span: word.span, text: ''};
}

/** Not over comments. */
function cut(bytes: Uint8Array, start: number, end: number): Edit | undefined {
	return bytes.subarray(start, end).includes(0x23) ? undefined : {span: {start, end}, text: ''};
}

const EXPORTERS: ReadonlySet<string> = new Set(['export', 'env', 'declare', 'typeset']);

function inCode(subject: Subject, isWanted: (name: string) => boolean): readonly Setting[] {
	return ranScripts(subject)
		.flatMap(({commands}) => commands)
		.filter(({name}) => name !== '')
		.flatMap(command => [...assigned(command, isWanted), ...exported(command, isWanted)]);
}

function assigned(command: Command, isWanted: (name: string) => boolean): readonly Setting[] {
	return command.assignments.flatMap(assignment => {
		const {name, value} = assignment;
		return value?.value === undefined || !isWanted(name)
			? []
			: [{name, value: value.value, line: value.line, without: withoutAssignment(command, assignment)}];
	});
}

function exported(command: Command, isWanted: (name: string) => boolean): readonly Setting[] {
	const words = EXPORTERS.has(command.name) ? command.args : [];
	return words.flatMap(word => {
		const [name, value] = pairIn(word);
		return value === undefined || !isWanted(name)
			? []
			: [{name, value, line: word.line, without: withoutExport(command, word)}];
	});
}

function pairIn({value = ''}: ShellWord): readonly [string, string | undefined] {
	const equals = value.indexOf('=');
	return equals === -1 ? [value, undefined] : [value.slice(0, equals), value.slice(equals + 1)];
}

function withoutAssignment({script, nameWord}: Command, {span}: ShellAssignment): Edit | undefined {
	if (span === undefined || nameWord?.span === undefined) {
		return undefined;
	}
	const {bytes} = script.dockerfile;
	let {end} = span;
	while (end < nameWord.span.start && (bytes[end] === 0x20 || bytes[end] === 0x09)) {
		end += 1;
	}
	return end > span.end ? {span: {start: span.start, end}, text: ''} : undefined;
}

function withoutExport(command: Command, word: ShellWord): Edit | undefined {
	return command.args.length === 1 && command.name !== 'env'
		? withoutCommand(command)
		: removeWord(command, word);
}
