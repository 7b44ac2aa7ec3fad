import type {Command, Script, ShellWord} from '../../shell/script.ts';
import type {Subject} from '../rule.ts';
import {namedPackages, type Package} from './packages.ts';
import {remembered} from './remembered.ts';

/** What a word says once variables are replaced that the Dockerfile or the same script sets; all other words are left out. */
export type SpelledOut = (command: Command, words: readonly ShellWord[]) => readonly Package[];

/** Longer texts are nobody's list of packages. */
const MAX_LENGTH = 2000;
const MAX_WORDS = 100;
const VARIABLE = /\$(?:\{(\w{1,100})\}|(\w{1,100}))/g;
/** What is neither replaced nor plain: other expansions, commands, patterns. */
const UNKNOWN = /[$`*?{}]/;

export function spelledOutIn({steps}: Subject): SpelledOut {
	const stepOf = remembered(() => new Map(steps.map(step => [step.instruction, step] as const)));
	const assigned = remembered(assignedIn);
	return ({script}, words) =>
		words.flatMap(word => {
			const [plain] = namedPackages([word]);
			if (plain !== undefined || word.value !== undefined) {
				return plain ?? [];
			}
			const own = assigned(script);
			const value = replaced(word.unquoted, name =>
				own.has(name) ? own.get(name) : stepOf(steps).get(script.instruction)?.get(name),
			);
			// In quotes it is one word, whatever is in it.
			const parts =
				value === undefined || /["']/.test(word.text) ? [value ?? ''] : value.split(/\s+/, MAX_WORDS);
			return parts.flatMap(part => namedPackages([{...word, value: part}]));
		});
}

function replaced(text: string, lookUp: (name: string) => string | undefined): string | undefined {
	if (text.length > MAX_LENGTH || UNKNOWN.test(text.replace(VARIABLE, ''))) {
		return undefined;
	}
	let isKnown = true;
	const value = text.replace(VARIABLE, (_all, braced?: string, bare?: string) => {
		const found = lookUp(braced ?? bare ?? '');
		isKnown &&= found !== undefined;
		return found ?? '';
	});
	return isKnown && value.length <= MAX_LENGTH ? value : undefined;
}

/** What a script gives its own variables; undefined where it is not a plain text, or not the same everywhere. */
function assignedIn({commands}: Script): ReadonlyMap<string, string | undefined> {
	const found = new Map<string, string | undefined>();
	for (const [variable, value] of commands.flatMap(settingsOf)) {
		found.set(variable, found.has(variable) ? undefined : value);
	}
	return found;
}

/** Names with what a command sets them to for those that follow. */
function settingsOf({name, assignments, args}: Command): readonly (readonly [string, string | undefined])[] {
	if (SETTERS.has(name)) {
		return args.map(({text}) => [text.split('=')[0] ?? '', undefined] as const);
	}
	return name === '' && args.length === 0
		? assignments.map(each => [each.name, each.value === undefined ? '' : each.value.value] as const)
		: [];
}

/** They set variables by their arguments. */
const SETTERS: ReadonlySet<string> = new Set([
	'export',
	'read',
	'local',
	'declare',
	'readonly',
	'unset',
	'getopts',
]);
