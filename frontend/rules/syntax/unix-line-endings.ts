import type {Edit} from '../../dockerfile/edit.ts';
import type {Rule} from '../rule.ts';
import {isForWindows} from './for-windows.ts';
import {heredocWalk, linesOf} from './written.ts';

export const unixLineEndings: Rule = function* (subject) {
	const {dockerfile, file} = subject;
	const {bytes} = dockerfile;
	const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
	const returns =
		bytes.includes(0x0d) && !isForWindows(subject)
			? linesOf(subject).filter(line => line.next - line.end === 2)
			: [];
	if (!hasMark && returns.length === 0) {
		return;
	}

	// A heredoc's lines are content: without their carriage returns it would be another file or script.
	const isHeredoc = heredocWalk(dockerfile);
	const edits: Edit[] = returns
		.filter(({start}) => !isHeredoc(start))
		.map(({end, next}) => ({span: {start: end, end: next}, text: '\n'}));
	const mark: readonly Edit[] = hasMark ? [{span: {start: 0, end: 3}, text: ''}] : [];
	const what =
		returns.length === 0
			? 'a byte order mark'
			: `${returns.length === 1 ? 'a line that ends' : `${returns.length} lines that end`} in CR LF`;
	const all = [...mark, ...edits];
	yield {
		result: 'fail',
		message: `The file has ${what}, as Windows editors leave it: scripts and tools on Linux trip over it. Save it with LF and without a byte order mark.`,
		place: {file, line: returns[0]?.number ?? 1},
		...(all.length === 0 ? {} : {fix: {title: 'plain line endings', edits: all}}),
	};
};
