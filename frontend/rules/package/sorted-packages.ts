import type {Comment} from '../../dockerfile/ast.ts';
import {replaceWord} from '../../shell/edits.ts';
import type {ShellWord} from '../../shell/script.ts';
import type {Rule, Subject} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import type {Invocation} from './invocations.ts';
import {installsOf} from './runs.ts';

/** Two or three are seen at a glance. */
const MIN_PACKAGES = 4;

export const sortedPackages: Rule = function* (subject) {
	for (const invocation of installsOf(subject, 'apt', 'apk', 'yum', 'dnf', 'zypper')) {
		const {command, operands} = invocation;
		const sorted = sort(operands);
		const isSorted = operands.every(({text}, at) => text === sorted[at]);
		if (operands.length < MIN_PACKAGES || !isPlainList(invocation) || isSorted) {
			continue;
		}
		const edits = operands.flatMap((word, at) => {
			const text = sorted[at] ?? word.text;
			return text === word.text ? [] : [replaceWord(word, text)];
		});
		const isExplained = hasCommentWithin(subject, operands);
		const message =
			'The packages are in no order, so one that is named twice, or that two changes add, is easily overlooked: sort them.';
		yield failAt(subject, command, message, isExplained ? undefined : fixOf('sorted', ...edits));
	}
};

/** Only words that mean themselves, one beside the other: no options between them, nothing quoted, none taken away. */
function isPlainList({command: {args}, operands}: Invocation): boolean {
	const first = operands[0] === undefined ? -1 : args.indexOf(operands[0]);
	return operands.every((word, at) => args[first + at] === word && /^[\w.+:=~-]*[\w+]$/.test(word.text));
}

function sort(words: readonly ShellWord[]): readonly string[] {
	return words.map(({text}) => text).toSorted((a, b) => (a < b ? -1 : Number(a > b)));
}

/** A comment between them says something of its neighbour. */
function hasCommentWithin({dockerfile: {comments}}: Subject, words: readonly ShellWord[]): boolean {
	const from = words[0]?.line ?? 0;
	const to = words.at(-1)?.line ?? 0;
	return from < to && isAnyBetween(comments, from, to);
}

function isAnyBetween(comments: readonly Comment[], from: number, to: number): boolean {
	let low = 0;
	let high = comments.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((comments[middle]?.line ?? 0) < from) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return (comments[low]?.line ?? Infinity) <= to;
}
