import type {Command, Script} from '../../shell/script.ts';

export type ShellOption = 'errexit' | 'pipefail';

const LETTERS: Readonly<Record<ShellOption, string>> = {errexit: 'e', pipefail: ''};

/** Whether the option is in force where a command stands: by SHELL, `sh -e -c` or a `set` before it. */
export function optionAt(commands: readonly Command[], option: ShellOption): (command: Command) => boolean {
	const since = new Map<Script, number>();
	const index = new Map(commands.map((command, at) => [command, at]));
	for (const [at, command] of commands.entries()) {
		const {name, script, args, isConditional} = command;
		const words = name === 'set' && !isConditional && !since.has(script) ? args.map(({text}) => text) : [];
		if (turnsOn(words, option)) {
			since.set(script, at);
		}
	}
	return command =>
		turnsOn(command.script.shell.slice(1), option) ||
		(since.get(command.script) ?? Number.POSITIVE_INFINITY) < (index.get(command) ?? 0);
}

/** `-e`, `-eux`, `-o errexit`, `-euo pipefail` */
function turnsOn(words: readonly string[], option: ShellOption): boolean {
	return words.some(
		(word, at) =>
			(/^-[a-zA-Z]*o$/.test(words[at - 1] ?? '') && word === option) ||
			(/^-[a-zA-Z]+$/.test(word) && LETTERS[option] !== '' && word.includes(LETTERS[option])),
	);
}
