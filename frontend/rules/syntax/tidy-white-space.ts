import type {Dockerfile} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Rule} from '../rule.ts';
import {type FileLine, heredocWalk, isBlank, linesOf} from './written.ts';

/** One finding for each kind, at its first place, with the edits for all of them. */
export const tidyWhiteSpace: Rule = function* (subject) {
	const {dockerfile, file} = subject;
	const lines = linesOf(subject);
	const isHeredoc = heredocWalk(dockerfile);
	const own = lines.filter(({start}) => !isHeredoc(start));
	const kinds = [
		{
			edits: trailing(dockerfile, own),
			title: 'no white space at line ends',
			what: 'White space stands at the end of this line',
		},
		{
			edits: indented(dockerfile),
			title: 'instructions at the margin',
			what: 'The instruction is indented, so it looks like part of the one before',
		},
		{
			edits: repeatedBlanks(dockerfile, own),
			title: 'single empty lines',
			what: 'Several empty lines follow each other',
		},
		{
			edits: noFinalFeed(dockerfile, lines),
			title: 'a line feed at the end',
			what: 'The last line does not end in a line feed, so what is added after it lands on it',
		},
	];
	for (const {edits, title, what} of kinds) {
		const [first] = edits;
		if (first !== undefined) {
			const message = `${what}${edits.length > 1 ? `, and so in ${edits.length - 1} more places` : ''}: remove the disorder, it changes nothing.`;
			yield {
				result: 'fail',
				message,
				place: {file, line: first.line},
				fix: {title, edits: edits.map(({edit}) => edit)},
			};
		}
	}
};

interface Tidying {
	readonly line: number;
	readonly edit: Edit;
}

/** Blanks are trimmed at the end of an instruction and after an escape character; anywhere else a line ends in neither. */
function trailing(dockerfile: Dockerfile, lines: readonly FileLine[]): readonly Tidying[] {
	return lines.flatMap(({start, end, number}) => {
		let from = end;
		while (from > start && isSpace(dockerfile.bytes[from - 1])) {
			from -= 1;
		}

		const keeps = from === end || needsBlank(dockerfile, from, start);
		return keeps ? [] : [{line: number, edit: {span: {start: from, end}, text: ''}}];
	});
}

/** Behind two escape characters or more, a blank may be what keeps the line from being continued. */
function needsBlank({bytes, escape: escapeBy}: Dockerfile, at: number, start: number): boolean {
	const code = escapeBy.charCodeAt(0);
	return at - 1 > start && bytes[at - 1] === code && bytes[at - 2] === code;
}

function isSpace(byte: number | undefined): boolean {
	return byte === 0x20 || byte === 0x09;
}

function indented({bytes, instructions}: Dockerfile): readonly Tidying[] {
	return instructions.flatMap(({span, line}) => {
		const start = bytes.lastIndexOf(0x0a, span.start - 1) + 1;
		const from = span.start === 0 ? 0 : start;
		const isIndented = span.start > from && bytes.subarray(from, span.start).every(isSpace);
		return isIndented ? [{line, edit: {span: {start: from, end: span.start}, text: ''}}] : [];
	});
}

/** More than two in a row, and any before the end of the file. Those inside an instruction are no-empty-continuation's. */
function repeatedBlanks(dockerfile: Dockerfile, lines: readonly FileLine[]): readonly Tidying[] {
	const inside = insideWalk(dockerfile);
	const found: Tidying[] = [];
	let run: FileLine[] = [];
	const close = (keep: number): void => {
		const [first] = run.slice(keep);
		const last = run.at(-1);
		if (first !== undefined && last !== undefined) {
			found.push({line: first.number, edit: {span: {start: first.start, end: last.next}, text: ''}});
		}

		run = [];
	};
	for (const line of lines) {
		const isEmpty = isBlank(dockerfile, line) && !inside(line.number);
		const isNext = run.length === 0 || run.at(-1)?.number === line.number - 1;
		if (!isEmpty || !isNext) {
			close(2);
		}

		if (isEmpty) {
			run.push(line);
		}
	}

	close(0);
	return found;
}

/** For lines in ascending order: whether each lies in an instruction, its first line left out. */
function insideWalk({instructions}: Dockerfile): (line: number) => boolean {
	let next = 0;
	return line => {
		while (next < instructions.length && (instructions[next]?.endLine ?? 0) < line) {
			next += 1;
		}

		return (instructions[next]?.line ?? line) < line;
	};
}

function noFinalFeed({bytes, instructions}: Dockerfile, lines: readonly FileLine[]): readonly Tidying[] {
	const last = lines.at(-1);
	const isOpen = instructions.at(-1)?.openEscapes !== undefined;
	if (last === undefined || last.next !== last.end || isOpen) {
		return [];
	}

	return [{line: last.number, edit: {span: {start: bytes.length, end: bytes.length}, text: '\n'}}];
}
