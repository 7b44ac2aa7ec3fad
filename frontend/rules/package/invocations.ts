import {operandsOf, optionValue} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import type {Subject} from '../rule.ts';
import {type Act, type Manager, type ManagerName, managers} from './managers.ts';
import {runsOf} from './runs.ts';

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

/** What all RUN instructions of the stages that are built ask of these managers, in the order of the file. */
export function invocationsOf(subject: Subject, ...names: readonly ManagerName[]): readonly Invocation[] {
	return runsOf(subject).flatMap(({script}) => invocationsIn(script.commands, ...names));
}

/** The installs alone. */
export function installsOf(subject: Subject, ...names: readonly ManagerName[]): readonly Invocation[] {
	return invocationsOf(subject, ...names).filter(({act}) => act === 'install');
}

export function invocationsIn(
	commands: readonly Command[],
	...names: readonly ManagerName[]
): readonly Invocation[] {
	const wanted = names.length === 0 ? ALL : names;
	return commands.flatMap(command => {
		const name = PROGRAMS.get(command.name);
		const invocation = name === undefined || !wanted.includes(name) ? undefined : read(command, name);
		return invocation ?? [];
	});
}

const ALL = Object.keys(managers) as readonly ManagerName[];
const PROGRAMS: ReadonlyMap<string, ManagerName> = new Map(
	ALL.flatMap(name => managers[name].programs.map(program => [program, name] as const)),
);

function read(command: Command, name: ManagerName): Invocation | undefined {
	const manager = managers[name];
	const {nameWord} = command;
	const isModule = manager.module !== undefined && command.name.startsWith('python');
	const isOther = isModule && optionValue(command, 'm') !== manager.module;
	if (nameWord === undefined || isOther || doesNothing(command, manager)) {
		return undefined;
	}
	const words = operandsOf(command, {withValue: manager.withValue});
	const found = verbIn(manager, words);
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
	{acts}: Manager,
	[first, second]: readonly ShellWord[],
): {readonly act: Act; readonly length: number} | undefined {
	const one = first?.value;
	const two = second?.value === undefined ? undefined : `${one} ${second.value}`;
	for (const [length, verb] of [[2, two] as const, [1, one] as const]) {
		const found =
			verb === undefined ? undefined : Object.entries(acts).find(([, verbs]) => verbs.includes(verb));
		if (found !== undefined) {
			return {act: found[0] as Act, length};
		}
	}
	return undefined;
}
