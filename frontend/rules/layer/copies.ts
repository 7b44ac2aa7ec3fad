import type {Flag, Instruction, Stage, Word} from '../../dockerfile/ast.ts';
import {openingOf} from '../../dockerfile/heredoc.ts';
import type {Step} from '../../stages/chain.ts';
import {derived} from '../derived.ts';
import type {Subject} from '../rule.ts';

/** A COPY or ADD: what it takes, and where to. */
export interface Copy {
	readonly step: Step;
	readonly stage: Stage;
	readonly instruction: Instruction;
	/** As written, variables and all; heredocs left out. */
	readonly sources: readonly string[];
	readonly destination: string;
	/** The destination's place, quotes of the JSON form included. */
	readonly word: Word;
	/** What it takes from elsewhere than the build context. */
	readonly from: Flag | undefined;
	readonly hasHeredoc: boolean;
}

/** All of them, in the order of the file. */
export const copiesOf: (subject: Subject) => readonly Copy[] = derived(({steps}) =>
	steps.flatMap(step => copyOf(step) ?? []),
);

export function copyOf(step: Step): Copy | undefined {
	const {stage, instruction} = step;
	const {keyword, flags, json, words, heredocs} = instruction;
	const paths = json ?? words.map(({text}) => text);
	const destination = paths.at(-1);
	const word = words.at(-1);
	if ((keyword !== 'COPY' && keyword !== 'ADD') || destination === undefined || word === undefined) {
		return undefined;
	}

	const hasHeredoc = heredocs.length > 0;
	const sources = paths.slice(0, -1).filter(path => !hasHeredoc || openingOf(path) === undefined);
	const from = flags.find(({name}) => name === 'from');
	return {step, stage, instruction, sources, destination, word, from, hasHeredoc};
}

/** Variables replaced; absent when one of them is not known. */
export function expandedSources({step, sources}: Copy): readonly string[] | undefined {
	const expanded = sources.map(source => step.expand(source));
	return expanded.every(source => source !== undefined) ? expanded : undefined;
}

export function isUrl(source: string): boolean {
	return (
		/^(?:https?|ftp|git|ssh):\/\//i.test(source) ||
		/^git@[\w.-]+:/.test(source) ||
		/^github\.com\//.test(source)
	);
}

/** The build context itself. */
export function isWhole(source: string): boolean {
	return /^(?:\.|\.\/|\/|\*|\.\/\*|\*\*)$/.test(source);
}
