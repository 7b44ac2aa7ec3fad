import type {Command, ShellWord} from './script.ts';

/** What is needed of a command, so that `sudo`'s and `xargs`' commands do as well as any. */
type Args = Pick<Command, 'args'>;

/**
 * The word that gives one of these options, by its name without dashes: `y` is found in `-qqy`, and `assume-yes` in
 * `--assume-yes`, `--assume-yes=true` and `-assume-yes`. Words after `--` are no options.
 */
export function optionOf({args}: Args, ...names: readonly string[]): ShellWord | undefined {
	return optionsIn(args).find(word => names.some(name => gives(word.unquoted, name)));
}

export function hasOption(command: Args, ...names: readonly string[]): boolean {
	return optionOf(command, ...names) !== undefined;
}

function optionsIn(args: readonly ShellWord[]): readonly ShellWord[] {
	const end = args.findIndex(({text}) => text === '--');
	return (end === -1 ? args : args.slice(0, end)).filter(({unquoted}) => /^-./.test(unquoted));
}

function gives(text: string, name: string): boolean {
	if (name.length > 1) {
		const equals = text.indexOf('=');
		const option = equals === -1 ? text : text.slice(0, equals);
		return option === `--${name}` || option === `-${name}`;
	}
	return !text.startsWith('--') && lettersOf(text).includes(name);
}

/** The letters of a bundle: `-qqy` has `q` and `y`, `-o=x` only `o`. */
function lettersOf(text: string): string {
	return /^-([a-zA-Z0-9?@#]*)/.exec(text)?.[1] ?? '';
}

/**
 * The value of the first of these options, as the word after it or in it: `-t x`, `-tx`, `--target x`, `--target=x`.
 * Absent when the option is, when nothing follows it, or when the value is not known before the build.
 */
export function optionValue(command: Args, ...names: readonly string[]): string | undefined {
	return optionValues(command, ...names)[0];
}

/** The values of all of these options that are known. */
export function optionValues({args}: Args, ...names: readonly string[]): readonly string[] {
	const values: string[] = [];
	for (const [index, word] of args.entries()) {
		if (word.text === '--') {
			break;
		}
		const value = names.map(name => valueIn(word, name, args[index + 1])).find(found => found !== undefined);
		if (value !== undefined) {
			values.push(value);
		}
	}
	return values;
}

function valueIn(word: ShellWord, name: string, next: ShellWord | undefined): string | undefined {
	const {unquoted, value} = word;
	const long = name.length > 1;
	if (unquoted === `--${name}` || unquoted === `-${name}`) {
		return next?.value;
	}
	if (unquoted.startsWith(`--${name}=`) || unquoted.startsWith(`-${name}=`)) {
		return value?.slice(value.indexOf('=') + 1);
	}
	if (long || unquoted.startsWith('--')) {
		return undefined;
	}
	if (unquoted.startsWith(`-${name}`)) {
		return value?.slice(2);
	}
	// The last of a bundle: `-qt stable`.
	return lettersOf(unquoted) === unquoted.slice(1) && unquoted.endsWith(name) ? next?.value : undefined;
}

export interface Operands {
	/** Options, without dashes, that take the next word. */
	readonly withValue?: readonly string[];
}

/** The arguments that are neither options nor their values. All words after `--` are operands. */
export function operandsOf({args}: Args, {withValue = []}: Operands = {}): readonly ShellWord[] {
	const operands: ShellWord[] = [];
	const takesNext = new Set(withValue);
	for (let at = 0; at < args.length; at += 1) {
		const word = args[at];
		if (word === undefined || word.text === '--') {
			return [...operands, ...args.slice(at + 1)];
		}
		if (!/^-./.test(word.unquoted)) {
			operands.push(word);
		} else if (takesValue(word.unquoted, takesNext)) {
			at += 1;
		}
	}
	return operands;
}

/** Whether the option's value is the next word: `-t`, `--target`, and `-qt`, but not `-tx` and `--target=x`. */
function takesValue(text: string, withValue: ReadonlySet<string>): boolean {
	if (withValue.has(text.replace(/^--?/, ''))) {
		return true;
	}
	if (text.startsWith('--')) {
		return false;
	}
	const letters = lettersOf(text);
	const first = [...letters].findIndex(letter => withValue.has(letter));
	return first !== -1 && first === text.length - 2;
}

/** The first operand, e.g. `install` of `apt-get -y install`; absent when its value is not known. */
export function subcommandOf(command: Args, withValue: readonly string[] = []): string | undefined {
	return operandsOf(command, {withValue})[0]?.value;
}
