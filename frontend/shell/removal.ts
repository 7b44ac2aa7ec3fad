import type {Edit} from '../dockerfile/edit.ts';
import type {Script} from './script.ts';

/**
 * Removes the characters [start, end) of the script. Continuations and comments between them stay, because lines must
 * not move. When nothing follows, a continuation would swallow the next instruction, so only its line break stays.
 */
export function removal(script: Script, start: number, end: number): Edit | undefined {
	const {text, dockerfile} = script;
	const isTail = end === text.length || script.spanOf(end, end + 1) === undefined;
	const from = isTail ? lastKept(text, start) : beforeGap(script, start, end);
	// An escape character that comes to stand before a line break would continue it, or keep another from it.
	if (isTail && from === 0) {
		return undefined;
	}
	if (text[from - 1] === dockerfile.escape && (isTail || !touches(script, end))) {
		return undefined;
	}
	const first = isTail ? script.spanOf(from - 1, from)?.end : script.spanOf(from, from + 1)?.start;
	return first === undefined ? undefined : cut(script, {first, from, end, isTail});
}

/** Whether the characters before and at `at` are neighbours in the file too. */
export function touches({spanOf}: Script, at: number): boolean {
	return spanOf(at - 1, at)?.end === spanOf(at, at + 1)?.start;
}

export function isBlank(character: string | undefined): boolean {
	return character === ' ' || character === '\t';
}

function lastKept(text: string, start: number): number {
	let at = start;
	while (isBlank(text[at - 1])) {
		at -= 1;
	}
	return at;
}

/** Blanks before a continuation stay: `a \` and not `a\`. */
function beforeGap(script: Script, start: number, end: number): number {
	let at = start;
	while (at < end && isBlank(script.text[at]) && touches(script, at + 1)) {
		at += 1;
	}
	if (at > start && script.text.startsWith('\\\n', at)) {
		return at;
	}
	return at < end && isBlank(script.text[at]) ? at + 1 : start;
}

interface Cut {
	/** Offset of the first byte that goes. */
	readonly first: number;
	readonly from: number;
	readonly end: number;
	readonly isTail: boolean;
}

function cut({text, dockerfile, spanOf}: Script, {first, from, end, isTail}: Cut): Edit | undefined {
	const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
	const parts: string[] = [];
	let done = first;
	for (let at = from; at < end; at += 1) {
		const span = spanOf(at, at + 1);
		if (span === undefined || (text[at] === '\n' && text[at - 1] !== '\\')) {
			return undefined;
		}
		const gap = span.start > done ? decoder.decode(dockerfile.bytes.subarray(done, span.start)) : '';
		parts.push(isTail ? gap.slice(Math.max(gap.search(/[\r\n]/), 0)) : gap);
		// The line break of a here-document, and what continues it.
		parts.push(text[at] === '\n' ? '\\\n' : '');
		done = span.end;
	}
	const kept = parts.join('');
	// Bytes that are not UTF-8 could not be written again.
	return kept.includes('\ufffd') ? undefined : {span: {start: first, end: done}, text: kept};
}
