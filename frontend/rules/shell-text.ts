import type {Script, ShellWord} from '../shell/script.ts';
import type {Step} from '../stages/chain.ts';

const DECLARES: ReadonlySet<string> = new Set(['export', 'local', 'declare', 'readonly', 'read', 'typeset']);
const assigned = new WeakMap<Script, ReadonlySet<string>>();

/**
 * A word as the shell will have it: variables that ARG and ENV set are replaced. Absent when it has others, or one that the
 * script sets itself. In the exec form `$PORT` is only text.
 */
export function shellText(
	word: ShellWord | undefined,
	script: Script,
	get: Step['get'] | undefined,
): string | undefined {
	if (word === undefined || word.value !== undefined) {
		return word?.value;
	}

	const own = assigned.get(script) ?? assignedIn(script);
	assigned.set(script, own);
	const isKnown = word.variables.every(name => !own.has(name) && get?.(name) !== undefined);
	if (!isKnown || word.variables.length === 0 || /[`(]/.test(word.text)) {
		return undefined;
	}

	const text = word.unquoted.replaceAll(
		/\$(?:(\w+)|\{(\w+)\})/g,
		(_, plain?: string, braced?: string) => get?.(plain ?? braced ?? '') ?? '',
	);
	return text.includes('$') ? undefined : text;
}

/** Names that a script gives a value of its own. */
function assignedIn({commands, text}: Script): ReadonlySet<string> {
	const loops = Array.from(text.matchAll(/\bfor\s{1,8}(\w{1,80})\b/g), ([, name = '']) => name);
	const direct = commands.flatMap(({assignments}) => assignments.map(({name}) => name));
	const declared = commands
		.filter(({name}) => DECLARES.has(name))
		.flatMap(({args}) => args.map(({unquoted}) => unquoted.split('=', 1)[0] ?? ''));
	return new Set([...loops, ...direct, ...declared]);
}
