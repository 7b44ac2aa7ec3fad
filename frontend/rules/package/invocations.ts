import {operandsOf, optionValue} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {type Act, type Manager, type ManagerName, managers} from './managers.ts';

/** A package manager's command, read by its own manual. */
export interface Invocation {
	readonly manager: ManagerName;
	readonly command: Command;
	readonly act: Act;
	/** What it is asked to do, one word or two, e.g. `install` or `global add`; empty when it was not said. */
	readonly verb: string;
	/** The verb's last word, or the program's where there is none: options may follow it. */
	readonly verbWord: ShellWord;
	/** What comes after the verb and is no option: packages, mostly. */
	readonly operands: readonly ShellWord[];
}

/** What these commands ask of package managers, in their order. */
export function invocationsIn(commands: readonly Command[]): readonly Invocation[] {
	return commands.flatMap(command => {
		const name = PROGRAMS.get(command.name) ?? PROGRAMS.get(withoutVersion(command.name));
		return (name === undefined ? undefined : read(command, name)) ?? [];
	});
}

const ALL = Object.keys(managers) as readonly ManagerName[];
const PROGRAMS: ReadonlyMap<string, ManagerName> = new Map(
	ALL.flatMap(name => managers[name].programs.map(program => [program, name] as const)),
);

/** `pip3.11`, `python3.12`, `gem3.1`. */
function withoutVersion(program: string): string {
	const [, name = program] = /^(pip|python|gem|bundle|npm)-?\d[\d.]{0,8}$/.exec(program) ?? [];
	return name;
}

function read(command: Command, name: ManagerName): Invocation | undefined {
	const manager = managers[name];
	const {nameWord} = command;
	const isModule = manager.module !== undefined && command.name.startsWith('python');
	const isOther = isModule && optionValue(command, 'm') !== manager.module;
	if (nameWord === undefined || isOther || doesNothing(command, manager)) {
		return undefined;
	}
	const words = operandsOf(command, {withValue: manager.withValue});
	const found = manager.manyVerbs === true ? anyVerbIn(name, words) : verbIn(name, words);
	if (found !== undefined) {
		const {act, length} = found;
		const verb = words
			.slice(0, length)
			.map(({value}) => value)
			.join(' ');
		const verbWord = words[length - 1] ?? nameWord;
		return {manager: name, command, act, verb, verbWord, operands: words.slice(length)};
	}
	return words.length === 0 && manager.alone !== undefined
		? {manager: name, command, act: manager.alone, verb: '', verbWord: nameWord, operands: []}
		: undefined;
}

function doesNothing({args}: Command, {harmless = []}: Manager): boolean {
	return args.some(
		({text}) => text === '--help' || text === '--version' || text === '-h' || harmless.includes(text),
	);
}

function verbIn(
	name: ManagerName,
	[first, second]: readonly ShellWord[],
): {readonly act: Act; readonly length: number} | undefined {
	const acts = ACTS.get(name);
	const one = first?.value ?? '';
	const both = second?.value === undefined ? undefined : acts?.get(`${one} ${second.value}`);
	if (both !== undefined) {
		return {act: both, length: 2};
	}
	const act = acts?.get(one);
	return act === undefined ? undefined : {act, length: 1};
}

function anyVerbIn(name: ManagerName, words: readonly ShellWord[]): ReturnType<typeof verbIn> {
	const at = words.findIndex(({value}) => ACTS.get(name)?.has(value ?? '') === true);
	const act = ACTS.get(name)?.get(words[at]?.value ?? '');
	return act === undefined ? undefined : {act, length: at + 1};
}

const ACTS: ReadonlyMap<ManagerName, ReadonlyMap<string, Act>> = new Map(
	ALL.map(
		name =>
			[
				name,
				new Map(
					Object.entries(managers[name].acts).flatMap(([act, verbs]) =>
						verbs.map(verb => [verb, act as Act] as const),
					),
				),
			] as const,
	),
);
