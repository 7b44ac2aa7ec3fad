import type {Word} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Step} from '../../stages/chain.ts';
import type {Params, Subject} from '../rule.ts';

/** One label that the Dockerfile gives to the image. */
export interface Label {
	readonly key: string;
	/** Variables expanded; absent where what they stand for is only known in the build. */
	readonly value: string | undefined;
	/** The value holds a variable, so its text is not ours to replace. */
	readonly isComputed: boolean;
	readonly word: Word;
	readonly step: Step;
	readonly line: number;
}

/** Labels of the stages whose layers are the image's, in the order written. Others describe nothing that anybody sees. */
export function labelsOf({steps, roleOf, isOffline}: Subject): readonly Label[] {
	return steps.flatMap(step => {
		const {instruction, stage, escapeBy} = step;
		if (instruction.keyword !== 'LABEL' || roleOf(stage) !== 'final') {
			return [];
		}

		const pairs = pairsOf(instruction, escapeBy);
		return instruction.words.flatMap((word, index): readonly Label[] => {
			const {name = '', value = '', line = word.line} = pairs[index] ?? {};
			const isComputed = value.includes('$');
			const key = name.includes('$') ? step.expand(name) : name;
			// An argument's default is often a stand-in for what the build gives.
			const expanded = isComputed && isOffline === true ? undefined : step.expand(value);
			return key === undefined ? [] : [{key, value: expanded, isComputed, word, step, line}];
		});
	});
}

/** Labels of these keys with a value that is known and not empty. */
export function valuedLabels(
	subject: Subject,
	keys: readonly string[],
): readonly (Label & {value: string})[] {
	const wanted = new Set(keys);
	return labelsOf(subject).flatMap(label =>
		wanted.has(label.key) && label.value !== undefined && label.value !== ''
			? [{...label, value: label.value}]
			: [],
	);
}

/** Keys that a bundle names (`params.keys`), else those given. */
export function keysIn({keys}: Params, usual: readonly string[]): readonly string[] {
	return Array.isArray(keys) ? (keys as readonly string[]) : usual;
}
