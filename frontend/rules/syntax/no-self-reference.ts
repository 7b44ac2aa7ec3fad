import type {Instruction, Word} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {quoted} from '../../dockerfile/error.ts';
import {unquote} from '../../dockerfile/pairs.ts';
import type {Rule, Subject} from '../rule.ts';
import {plainVariablesIn} from './variables.ts';
import {textAt} from './written.ts';

/** Every image has one, so a second use of it means the one that was there before. */
const inherited: ReadonlySet<string> = new Set(['PATH']);

export const noSelfReference: Rule = function* (subject) {
	for (const {instruction, escapeBy, get} of subject.steps) {
		if (instruction.keyword !== 'ENV' || instruction.words.length < 2) {
			continue;
		}

		const [use] = usesIn(instruction, escapeBy).filter(
			({name}) => get(name) === undefined && !inherited.has(name),
		);
		if (use === undefined) {
			continue;
		}

		const {name, word, setBy} = use;
		const edits = splitAt(subject, instruction, setBy, word);
		yield {
			result: 'fail',
			message: `${quoted(name)} is set by this very ENV, and holds only after it: here it is still what it was before, and that is nothing unless the base image sets it. Set it in an ENV of its own, before this one.`,
			place: {file: subject.file, line: word.line},
			...(edits === undefined ? {} : {fix: {title: 'an ENV for each', edits}}),
		};
	}
};

interface Use {
	readonly name: string;
	readonly word: Word;
	readonly setBy: Word;
}

/** Pairs that use what another pair of the same ENV sets. */
function usesIn({words}: Instruction, escapeBy: string): readonly Use[] {
	const setters = new Map(words.map(word => [unquote(word.pair?.name ?? '', escapeBy), word]));
	return words.flatMap(word =>
		plainVariablesIn(word.pair?.value ?? '', escapeBy).flatMap(name => {
			const setBy = setters.get(name);
			return setBy === undefined || setBy === word ? [] : [{name, word, setBy}];
		}),
	);
}

/** A new ENV in front of the word, when what it needs stands before it, with nothing but blanks between it and the last. */
function splitAt(
	{dockerfile}: Subject,
	{words}: Instruction,
	setBy: Word,
	word: Word,
): readonly Edit[] | undefined {
	const at = words.indexOf(word);
	const before = words[at - 1];
	if (before === undefined || words.indexOf(setBy) > at) {
		return undefined;
	}

	const span = {start: before.span.end, end: word.span.start};
	const gap = textAt(dockerfile, span).replace(dockerfile.escape, '');
	return gap.trim() === '' && gap.split('\n').length <= 2 ? [{span, text: '\nENV '}] : undefined;
}
