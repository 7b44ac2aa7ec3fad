import {quoted} from '../../dockerfile/error.ts';
import {groupsBefore, pipesOf} from '../../shell/pipes.ts';
import type {Command, Script, ShellWord} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {hostOf, isLoopback} from './addresses.ts';
import {fetchOf} from './fetches.ts';

/** Code that nobody has looked at, and that may be another tomorrow. */
export const noPipeToShell: Rule = function* (subject) {
	const {file} = subject;
	for (const script of ranScripts(subject)) {
		const found =
			script.dialect === 'powershell' ? invoked(script) : [...piped(script), ...substituted(script)];
		for (const {url, by, line} of found.toSorted((a, b) => a.line - b.line)) {
			const host = hostOf(url);
			const from = host === '' || host.includes('$') ? 'the network' : quoted(host);
			const message = `${by} runs whatever ${from} answers today, unseen: save it to a file, compare its checksum, and run it then.`;
			yield {result: 'fail', message, place: {file, line}};
		}
	}
};

interface Run {
	readonly url: string;
	/** The program that runs it. */
	readonly by: string;
	readonly line: number;
}

/** `curl … | bash` */
function piped({commands}: Script): readonly Run[] {
	const groups = groupsBefore(commands);
	return pipesOf(commands).flatMap(parts => {
		const [first = [], second = [], ...more] = parts;
		const group = second[0] === undefined ? undefined : groups.get(second[0]);
		const pipe = first.length === 0 && group !== undefined ? [group, second, ...more] : parts;
		const from = pipe.findIndex(part => part.some(writesOut));
		const source = pipe[from]?.find(writesOut);
		const runner =
			from === -1
				? undefined
				: pipe
						.slice(from + 1)
						.flat()
						.find(readsCode);
		return source === undefined || runner === undefined
			? []
			: [{url: urlOf(source), by: runner.name, line: source.line}];
	});
}

/** True for what writes something from the network to its output. */
function writesOut(command: Command): boolean {
	const fetch = fetchOf(command);
	return fetch !== undefined && fetch.files.length === 0 && !isLoopback(urlOf(command));
}

function urlOf(command: Command): string {
	return fetchOf(command)?.urls[0]?.unquoted ?? '';
}

const INTERPRETERS =
	/^(?:sh|bash|dash|ash|zsh|ksh|fish|node|nodejs|php\d?|perl|ruby|python\d?(?:\.\d+)?|pwsh|source|\.)$/;

function isInterpreter({name}: Command): boolean {
	return INTERPRETERS.test(name);
}

const STANDARD_INPUT: ReadonlySet<string> = new Set([
	'-',
	'-s',
	'--',
	'/dev/stdin',
	'/proc/self/fd/0',
	'/dev/fd/0',
]);

/** Options after which its input is data: the code is in the next word, or in a module. */
const OWN_CODE: ReadonlySet<string> = new Set(['c', 'e', 'E', 'm', 'r', 'p', 'n', 'f', 'R', 'F']);

/** True for an interpreter whose code comes from its input. */
function readsCode(command: Command): boolean {
	if (!isInterpreter(command)) {
		return false;
	}
	const isShell = /sh$/.test(command.name);
	for (const {text} of command.args) {
		if (STANDARD_INPUT.has(text)) {
			return true;
		}
		if (!/^[-+]/.test(text)) {
			// `bash -o pipefail`: a value, and what `bash -eu FILE` runs.
			return isShell && text === 'pipefail';
		}
		if (!text.startsWith('--') && [...text.slice(1)].some(letter => isOwnCode(isShell, letter))) {
			return false;
		}
	}
	return command.name !== 'source' && command.name !== '.';
}

function isOwnCode(isShell: boolean, letter: string): boolean {
	return isShell ? letter === 'c' : OWN_CODE.has(letter);
}

const TAKES_CODE = /^-[a-zA-Z]*[ce]$/;

/** `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(curl …)"` */
function substituted({commands}: Script): readonly Run[] {
	return commands.flatMap((command, index) => {
		const word = codeWordOf(command);
		const source = word === undefined ? undefined : sourceIn(commands, index, command, word);
		return source === undefined ? [] : [{url: urlOf(source), by: command.name, line: source.line}];
	});
}

function codeWordOf(command: Command): ShellWord | undefined {
	const {name, args} = command;
	if (name === 'eval') {
		return args.find(isWhole);
	}
	if (!isInterpreter(command)) {
		return undefined;
	}
	const first = args.findIndex(({text}) => !/^[-+]/.test(text));
	const word = args[first];
	const isCode = word !== undefined && isWhole(word) && TAKES_CODE.test(args[first - 1]?.text ?? '');
	return isCode || word?.text.startsWith('<(') === true ? word : undefined;
}

/** Nothing but a substitution: in `-c "apt install $(…)"` the output is a value, not code. */
function isWhole({text}: ShellWord): boolean {
	const inner = text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
	return (inner.startsWith('$(') && inner.endsWith(')')) || (inner.startsWith('`') && inner.endsWith('`'));
}

/** What is in a command's substitutions follows it in the list of commands. */
function sourceIn(
	commands: readonly Command[],
	index: number,
	{script}: Command,
	{start, end}: ShellWord,
): Command | undefined {
	for (let at = index + 1; at < commands.length; at += 1) {
		const command = commands[at];
		const place = command?.nameWord?.start ?? start;
		if (command?.script === script && command.starter === undefined && (place < start || place >= end)) {
			return undefined;
		}
		if (command !== undefined && writesOut(command)) {
			return command;
		}
	}
	return undefined;
}

const DOWNLOADS = ['downloadstring', 'iwr', 'irm', 'invoke-webrequest', 'invoke-restmethod', 'curl', 'wget'];

/** `iex (iwr …)` */
function invoked({text, instruction: {line}}: Script): readonly Run[] {
	const words = new Set(text.toLowerCase().split(/[^a-z-]+/));
	const runs = words.has('iex') || words.has('invoke-expression');
	const url = /https?:\/\/[^\s'")]{1,200}/i.exec(text)?.[0];
	return runs && url !== undefined && DOWNLOADS.some(word => words.has(word))
		? [{url, by: 'Invoke-Expression', line}]
		: [];
}
