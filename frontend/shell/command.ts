import type {Redirection, Command as Tree} from 'unbash';
import type {Placed} from './places.ts';
import type {Command, Joint, Place, Script, ShellAssignment, ShellRedirect, ShellWord} from './script.ts';
import {nameOf} from './started.ts';
import {plainOf, wordOf} from './word.ts';

/** How a command stands among the others. */
export interface Standing {
	readonly joint: Joint;
	readonly list: number;
	readonly isConditional: boolean;
	readonly isTested: boolean;
	readonly startedBy: string | undefined;
	readonly place: Place | undefined;
}

export function commandOf(script: Script, placed: Placed, node: Tree, standing: Standing): Command {
	const {joint, list, isConditional, isTested, startedBy, place} = standing;
	// Most commands are only asked for their name.
	let args: readonly ShellWord[] | undefined;
	return {
		script,
		name: node.name === undefined ? '' : nameOf({value: plainOf(node.name)}),
		get nameWord() {
			return node.name === undefined ? undefined : wordOf(placed, node.name);
		},
		joint,
		list,
		isConditional,
		isTested,
		startedBy,
		starter: undefined,
		place,
		get args() {
			args ??= node.args.map(arg => wordOf(placed, arg));
			return args;
		},
		get assignments() {
			return assignmentsOf(placed, node);
		},
		get redirects() {
			return node.redirects.map(redirect => redirectOf(placed, redirect));
		},
		get span() {
			return placed.spanOf(node.pos, node.end);
		},
		get line() {
			return placed.lineOf(node.pos);
		},
	};
}

/** The command that these words are, which another command starts. */
export function startedCommand(starter: Command, [nameWord, ...args]: readonly ShellWord[]): Command {
	return {
		script: starter.script,
		name: nameOf(nameWord),
		nameWord,
		args,
		assignments: [],
		redirects: [],
		joint: starter.joint,
		list: starter.list,
		isConditional: starter.isConditional,
		isTested: starter.isTested,
		startedBy: starter.name,
		starter,
		place: undefined,
		get span() {
			const first = nameWord?.span;
			const last = (args.at(-1) ?? nameWord)?.span;
			return first === undefined || last === undefined ? undefined : {start: first.start, end: last.end};
		},
		get line() {
			return nameWord?.line ?? starter.line;
		},
	};
}

function assignmentsOf(placed: Placed, {prefix}: Tree): readonly ShellAssignment[] {
	return prefix.flatMap(node =>
		node.type === 'Assignment'
			? [
					{
						name: node.name,
						value: node.value.type === 'Word' ? wordOf(placed, node.value) : undefined,
						get span() {
							return placed.spanOf(node.pos, node.end);
						},
					},
				]
			: [],
	);
}

function redirectOf(placed: Placed, node: Redirection): ShellRedirect {
	const {operator} = node;
	const descriptor = node.descriptor?.type === 'FileDescriptor' ? node.descriptor.value : undefined;
	if (node.type === 'HereDoc') {
		return {descriptor, operator, target: undefined, body: bodyOf(node.body.text, operator)};
	}
	const target = node.target === undefined ? undefined : wordOf(placed, node.target);
	return {descriptor, operator, target, body: undefined};
}

function bodyOf(text: string, operator: string): string {
	return operator === '<<-' ? text.replaceAll(/^\t+/gm, '') : text;
}
