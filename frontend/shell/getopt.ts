import type {Edit} from '../dockerfile/edit.ts';
import {removeWord, replaceWord} from './edits.ts';
import type {Command, ShellWord} from './script.ts';

/** Which options of a program take a value. */
export interface Grammar {
	/** Letters. */
	readonly short: string;
	/** Long ones, without dashes, that take the next word when they have no `=`. */
	readonly long: readonly string[];
}

export interface GivenOption {
	/** Without dashes: a letter, or the long name. */
	readonly name: string;
	/** The word that it stands in. */
	readonly word: ShellWord;
	/** Where its letter stands in the word; 0 for a long one. */
	readonly at: number;
	/** Its value, quotes removed and expansions as written. */
	readonly value: string | undefined;
}

export interface Given {
	readonly options: readonly GivenOption[];
	readonly operands: readonly ShellWord[];
}

/** The arguments of a program that reads them as `getopt_long` does: `-sSLo file`, `-ofile`, `--output=file`. */
export function readArgs({args}: Pick<Command, 'args'>, grammar: Grammar): Given {
	const options: GivenOption[] = [];
	const operands: ShellWord[] = [];
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at];
		if (word === undefined) {
			break;
		}
		const {unquoted} = word;
		if (unquoted === '--') {
			operands.push(...args.slice(at + 1));
			break;
		}
		if (!/^-./.test(unquoted)) {
			operands.push(word);
			continue;
		}
		const found = unquoted.startsWith('--') ? longIn(word) : lettersIn(word, grammar);
		const last = found.at(-1);
		if (last !== undefined && last.value === undefined && takesNext(last, grammar)) {
			at += 1;
			found.push({...last, value: args[at]?.unquoted});
			found.splice(-2, 1);
		}
		options.push(...found);
	}
	return {options, operands};
}

function takesNext({name, at}: GivenOption, {short, long}: Grammar): boolean {
	return at === 0 ? long.includes(name) : short.includes(name);
}

function longIn(word: ShellWord): GivenOption[] {
	const {unquoted} = word;
	const equals = unquoted.indexOf('=');
	return equals === -1
		? [{name: unquoted.slice(2), word, at: 0, value: undefined}]
		: [{name: unquoted.slice(2, equals), word, at: 0, value: unquoted.slice(equals + 1)}];
}

function lettersIn(word: ShellWord, {short}: Grammar): GivenOption[] {
	const {unquoted} = word;
	const found: GivenOption[] = [];
	for (let at = 1; at < unquoted.length; at += 1) {
		const name = unquoted[at] ?? '';
		const isLast = short.includes(name);
		const rest = unquoted.slice(at + 1);
		found.push({name, word, at, value: isLast && rest !== '' ? rest : undefined});
		if (isLast) {
			break;
		}
	}
	return found;
}

/** Takes an option without a value away: the whole word, or its letter of a bundle. */
export function withoutOption(command: Command, {word, at, name}: GivenOption): Edit | undefined {
	const {text} = word;
	if (at === 0 || text === `-${name}`) {
		return removeWord(command, word);
	}
	return text[at] === name ? replaceWord(word, text.slice(0, at) + text.slice(at + 1)) : undefined;
}
