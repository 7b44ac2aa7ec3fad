import {matchesGlob} from '../../policies/glob.ts';
import {codeInstructions, type OwnMatch, type OwnRule, type OwnSigns} from '../../policies/own-rule.ts';
import {unquote} from '../dockerfile/pairs.ts';
import type {Command} from '../shell/script.ts';
import type {Step} from '../stages/chain.ts';
import type {RuleFinding, Subject} from './rule.ts';

/** Asks an organisation's own rule: data that says which instructions it means. */
export function* ownFindings({kind, match, message}: OwnRule, subject: Subject): Generator<RuleFinding> {
	const {file, target} = subject;
	const places = meant(match, subject);
	if (kind === 'match') {
		for (const line of places) {
			yield {result: 'fail', message, place: {file, line}};
		}
	} else if (places.size === 0) {
		yield {result: 'fail', message, place: {file, line: target.from.line}};
	}
}

/** Lines of what matches; one line counts once. In code it is commands that match, elsewhere whole instructions. */
function meant(match: OwnMatch, subject: Subject): ReadonlySet<number> {
	const steps = subject.steps.filter(step => isAsked(step, match, subject));
	const looksIntoCode = match.command !== undefined || match.option !== undefined || match.word !== undefined;
	const isCode = ({instruction}: Step): boolean =>
		looksIntoCode && codeInstructions.includes(instruction.keyword);
	const lines = steps
		.filter(step => !isCode(step) && isMeant(wordsOf(step), flagsOf(step), match))
		.map(({instruction}) => instruction.line);
	return new Set([
		...(match.instructions.includes('FROM') ? basesMeant(match, subject) : []),
		...lines,
		...commandsMeant(match, steps.filter(isCode), subject),
	]);
}

function commandsMeant(match: OwnMatch, steps: readonly Step[], {scripts}: Subject): readonly number[] {
	const byInstruction = new Map(steps.map(step => [step.instruction, step]));
	return scripts
		.filter(({isTrigger}) => !isTrigger)
		.flatMap(({instruction, commands}) => {
			const step = byInstruction.get(instruction);
			return step === undefined ? [] : commands.filter(each => isCommandMeant(each, step, match));
		})
		.map(({line}) => line);
}

function isAsked(
	{stage, instruction}: Step,
	{stage: where, instructions}: OwnMatch,
	subject: Subject,
): boolean {
	const role = subject.roleOf(stage);
	const isHere = where === 'final' ? role === 'final' : role !== 'unused';
	return isHere && instructions.includes(instruction.keyword);
}

/** Lines of FROM with an image from outside, as its reference is when variables are filled in. */
function basesMeant(match: OwnMatch, subject: Subject): readonly number[] {
	const {references, dockerfile} = subject;
	return dockerfile.stages
		.filter(stage => {
			const role = subject.roleOf(stage);
			return match.stage === 'final' ? role === 'final' : role !== 'unused';
		})
		.flatMap(stage => {
			const [from] = references.get(stage) ?? [];
			const {base, from: instruction, name} = stage;
			const words = [from?.ref ?? base.text, ...(name === undefined ? [] : [name])];
			const flags = instruction.flags.map(flag => `${flag.name}=${flag.value ?? ''}`);
			return from?.stage === undefined && isMeant(words, flags, match) ? [instruction.line] : [];
		});
}

function isMeant(words: readonly string[], flags: readonly string[], match: OwnMatch): boolean {
	return (
		hasSigns(words, flags, match) && !(match.unless !== undefined && hasSigns(words, flags, match.unless))
	);
}

function isCommandMeant({name, args}: Command, step: Step, match: OwnMatch): boolean {
	const words = args.map(({value, unquoted}) => value ?? unquoted);
	const isNamed = match.command === undefined || matchesGlob(match.command, name);
	return isNamed && isMeant([name, ...words], flagsOf(step), match);
}

function hasSigns(
	words: readonly string[],
	flags: readonly string[],
	{option, word, flag}: OwnSigns,
): boolean {
	const has = (pattern: string | undefined, texts: readonly string[]): boolean =>
		pattern === undefined || texts.some(text => matchesGlob(pattern, text));
	const options = option === undefined ? [] : words.filter(each => each.startsWith('-'));
	// `--name=value` is the option `--name`, and both spellings may be meant.
	const spelled = options.flatMap(each => (each.includes('=') ? [each, each.split('=')[0] ?? ''] : [each]));
	return has(option, spelled) && has(word, words) && has(flag, flags);
}

/** Words as they will be, where that is known. */
function wordsOf({instruction, expand, escapeBy}: Step): readonly string[] {
	const texts = instruction.json ?? instruction.words.map(({text}) => text);
	return texts.map(text => expand(text) ?? unquote(text, escapeBy));
}

function flagsOf({instruction, expand}: Step): readonly string[] {
	return instruction.flags.map(({name, value}) =>
		value === undefined ? name : `${name}=${expand(value) ?? value}`,
	);
}
