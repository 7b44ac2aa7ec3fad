import type {Span} from '../dockerfile/ast.ts';
import type {Edit} from '../dockerfile/edit.ts';
import {isBlank, removal, touches} from './removal.ts';
import type {Command, Joint, Place, Script, ShellWord} from './script.ts';

// Each gives no edit where it could not be made safely: no known place, or another meaning for what stays.

export function insertAfter(word: ShellWord, text: string): Edit | undefined {
	const {span} = word;
	return span === undefined ? undefined : {span: {start: span.end, end: span.end}, text};
}

export function insertBefore(command: Command, text: string): Edit | undefined {
	const {span} = command;
	return span === undefined ? undefined : {span: {start: span.start, end: span.start}, text};
}

/** Not across lines: what was written on two must stay on two. */
export function replaceWord(word: ShellWord, text: string): Edit | undefined {
	const {span} = word;
	return span === undefined || span.end - span.start !== byteLength(word.text) || word.text.includes('\n')
		? undefined
		: {span, text};
}

function byteLength(text: string): number {
	return new TextEncoder().encode(text).length;
}

/**
 * Removes an argument and the blanks before it on its line, or those after it where it is the first of its line.
 * @param last the last of several that go together
 */
export function removeWord(command: Command, word: ShellWord, last: ShellWord = word): Edit | undefined {
	const {script} = command;
	if (!command.args.includes(word) || word.span === undefined || last.span === undefined) {
		return undefined;
	}
	const {text} = script;
	let start = word.start;
	// `x 1 -y>f` must not become `x 1>f`.
	const keepsBlank = /[<>|&;()]/.test(text[last.end] ?? '');
	while (isBlank(text[start - 1]) && touches(script, start)) {
		start -= 1;
	}
	if (start > 0 && text[start - 1] !== '\n' && touches(script, start)) {
		return removal(script, keepsBlank ? word.start : start, last.end);
	}
	let end = last.end;
	while (isBlank(text[end]) && touches(script, end)) {
		end += 1;
	}
	// Its indentation stays, unless nothing else is left of the line.
	return end === text.length ? removal(script, start, end) : removal(script, word.start, end);
}

/**
 * Removes a command with what joins it to its list: `a && b` without `b` is `a`, and without `a` is `b`. Only for
 * lists of `&&`, `;` and lines: the rest of a pipe or of an `||` would mean something else.
 */
export function removeCommand(command: Command): Edit | undefined {
	const {place, script, joint} = command;
	const range = place === undefined ? undefined : rangeOf(script.text, joint, place);
	return range === undefined ? undefined : removal(script, range.start, beforeIndent(script, range));
}

/** When what follows stands on another line, its indentation stays. */
function beforeIndent(script: Script, {start, end}: Span): number {
	let at = end;
	while (at > start && isBlank(script.text[at - 1]) && touches(script, at)) {
		at -= 1;
	}
	return touches(script, at) ? end : at;
}

function rangeOf(text: string, joint: Joint, place: Place): Span | undefined {
	const {start, end, previousEnd = start, nextStart = end, nextJoint} = place;
	switch (GOES_WITH.get(`${joint} ${nextJoint ?? 'end'}`)) {
		case 'before':
			return joined(text, previousEnd, start, joint) ? {start: previousEnd, end} : undefined;
		case 'after':
			return joined(text, end, nextStart, nextJoint) ? {start, end: nextStart} : undefined;
		case 'nothing':
			return {start, end};
		default:
			return undefined;
	}
}

/** By the joints before and after a command: what goes with it. */
const GOES_WITH: ReadonlyMap<string, 'before' | 'after' | 'nothing'> = new Map([
	['&& end', 'before'],
	['&& &&', 'before'],
	['&& ;', 'before'],
	['&& \n', 'before'],
	['; end', 'before'],
	['; ;', 'before'],
	['; \n', 'before'],
	['start &&', 'after'],
	['start ;', 'after'],
	['; &&', 'after'],
	['\n &&', 'after'],
	['\n ;', 'after'],
	['start \n', 'nothing'],
	['\n \n', 'nothing'],
	['\n end', 'nothing'],
]);

/** Whether nothing but the joint stands between: no comment, no here-document, no line break of its own. */
function joined(text: string, from: number, to: number, joint: Joint | undefined): boolean {
	const between = text.slice(from, to).replaceAll('\\\n', '');
	return between.trim() === joint && !between.includes('\n');
}
