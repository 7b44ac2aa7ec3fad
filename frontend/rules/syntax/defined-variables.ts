import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {nearestIn} from '../../dockerfile/nearest.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Step} from '../../stages/chain.ts';
import {setAt, type Timeline, timelineFrom, valueAt} from '../../stages/timeline.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {heredocVariablesIn, plainVariablesIn} from './variables.ts';

/** BuildKit gives every stage a search path. */
const given: ReadonlySet<string> = new Set([
	'PATH',
	'BUILDKIT_SBOM_SCAN_STAGE',
	'BUILDKIT_SBOM_SCAN_CONTEXT',
]);

export const definedVariables: Rule = function* (subject) {
	const {steps, file} = subject;
	const declarations = declarationsOf(subject);
	const nearest = nearestIn(namesSetBy(subject));
	const unknown: RuleFinding[] = [];
	for (const [index, step] of steps.entries()) {
		const {instruction, stage} = step;
		const own = declarations.get(stage);
		const isDeclared = (name: string): boolean =>
			own !== undefined && valueAt(own.names, name, index) !== undefined;
		const names = undefinedIn(step).filter(name => !isDeclared(name));
		for (const name of names) {
			if (own?.isEnvKnown === true || isOfShells(name)) {
				yield {
					result: 'fail',
					message: isOfShells(name) ? forShell(name) : messageOf(name, nearest(name)),
					place: {file, line: instruction.line},
				};
			} else {
				unknown.push(notKnown(name, file, instruction.line));
			}
		}
	}

	// One is enough to say that a build knows more.
	yield* unknown.slice(0, 1);
};

function notKnown(name: string, file: string, line: number): RuleFinding {
	const message = `Nothing in this file sets ${quoted(name)}; whether the base image does, only a build can tell.`;
	return {result: 'not-evaluated', message, place: {file, line}};
}

function messageOf(name: string, near: string | undefined): string {
	const remedy =
		near === undefined
			? 'declare it with ARG or ENV before this line, or give it a default where it is used'
			: `write ${quoted(near)} if that was meant, else declare it with ARG or ENV before this line`;
	return `Nothing sets ${quoted(name)} before this line, so it is empty here: ${remedy}.`;
}

/** `$1`, `$@`: no build can set them. */
function isOfShells(name: string): boolean {
	return !/^[A-Za-z_]/.test(name);
}

function forShell(name: string): string {
	return `The build takes $${name} here for a variable of its own, which is always empty: write \\$${name} for the text itself, or in a heredoc quote its first word.`;
}

interface Declarations {
	/** What ARG declares, with a value or without, by the number of the step. */
	readonly names: Timeline;
	/** False while only the base image says what else is set. */
	readonly isEnvKnown: boolean;
}

function declarationsOf({steps, references, images}: Subject): ReadonlyMap<Stage, Declarations> {
	const declared = new Map<Stage, Declarations>();
	for (const [stage, [from]] of references) {
		const parent = from?.stage === undefined ? undefined : declared.get(from.stage);
		const isRoot = from?.ref === 'scratch' || images.get(from?.ref ?? '')?.env !== undefined;
		declared.set(stage, {names: timelineFrom(parent?.names), isEnvKnown: parent?.isEnvKnown ?? isRoot});
	}

	for (const [index, step] of steps.entries()) {
		const names = step.instruction.keyword === 'ARG' ? declared.get(step.stage)?.names : undefined;
		if (names !== undefined) {
			declareIn(names, namesIn(step), index);
		}
	}

	return declared;
}

function declareIn(names: Timeline, pairs: readonly {readonly name: string}[], index: number): void {
	for (const {name} of pairs) {
		setAt(names, name, index, name);
	}
}

/** Every name that the file sets, for suggestions. */
function namesSetBy({steps}: Subject): ReadonlySet<string> {
	return new Set(steps.flatMap(namesIn).map(({name}) => name));
}

function namesIn({instruction, escapeBy}: Step): readonly {readonly name: string}[] {
	return instruction.keyword === 'ARG' || instruction.keyword === 'ENV' ? pairsOf(instruction, escapeBy) : [];
}

function undefinedIn(step: Step): readonly string[] {
	const {instruction, escapeBy, get} = step;
	const heredocs =
		instruction.keyword === 'RUN' ? [] : instruction.heredocs.filter(({isExpanded}) => isExpanded);
	const names = new Set([
		...(instruction.keyword === 'ARG'
			? inArguments(step)
			: textsOf(instruction).flatMap(text => plainVariablesIn(text, escapeBy))),
		...heredocs.flatMap(({content}) => heredocVariablesIn(content)),
	]);
	return [...names].filter(name => !given.has(name) && get(name) === undefined);
}

/** What stands to the left of it on the line is declared already. */
function inArguments({instruction, escapeBy}: Step): readonly string[] {
	const left = new Set<string>();
	return instruction.words.flatMap(({text, pair}) => {
		const used = plainVariablesIn(pair?.value ?? '', escapeBy).filter(name => !left.has(name));
		left.add(pair?.name ?? text);
		return used;
	});
}

/** What BuildKit replaces variables in, and judges: commands' variables are their shell's. */
function textsOf({keyword, words, flags, json}: Instruction): readonly string[] {
	const values = flags.flatMap(({value}) => value ?? []);
	switch (keyword) {
		case 'ADD':
		case 'COPY':
			return [...(json ?? words.map(({text}) => text)), ...values];
		case 'RUN':
			return values;
		case 'VOLUME':
			return json ?? words.map(({text}) => text);
		case 'ENV':
		case 'LABEL':
		case 'STOPSIGNAL':
		case 'USER':
		case 'WORKDIR':
			return words.map(({text}) => text);
		default:
			return [];
	}
}
