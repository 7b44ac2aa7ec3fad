import {programOf} from './dialect.ts';
import type {Command, ShellWord} from './script.ts';

/** What a command starts: another command (its words), or code for a shell. */
export type Started =
	| {readonly kind: 'command'; readonly words: readonly ShellWord[]}
	| {readonly kind: 'code'; readonly shell: readonly string[]; readonly code: ShellWord};

interface Starter {
	/** Options that take the next word. */
	readonly withValue?: readonly string[];
	/** Options after which nothing is started. */
	readonly never?: readonly string[];
	/** How many operands come before what is started. */
	readonly operands?: number;
	/** `NAME=value` may come before it. */
	readonly takesPairs?: boolean;
}

const STARTERS: ReadonlyMap<string, Starter> = new Map<string, Starter>([
	[
		'sudo',
		{
			withValue: [
				...['-u', '-g', '-h', '-p', '-C', '-r', '-t', '-T', '-U', '-D', '-R', '--user', '--group', '--host'],
				...['--prompt', '--close-from', '--role', '--type', '--other-user', '--chdir', '--chroot'],
			],
			never: ['-l', '-v', '-k', '-K', '-V', '-e', '--list', '--validate', '--version', '--edit'],
			takesPairs: true,
		},
	],
	['doas', {withValue: ['-u', '-C']}],
	[
		'env',
		{
			withValue: ['-u', '-C', '--unset', '--chdir', '-S', '--split-string', '-a', '--argv0'],
			takesPairs: true,
		},
	],
	['exec', {withValue: ['-a']}],
	['command', {never: ['-v', '-V']}],
	['builtin', {}],
	['nohup', {}],
	['eatmydata', {}],
	['fakeroot', {withValue: ['-l', '-s', '-i', '-b', '--lib', '--faked']}],
	['setsid', {}],
	['time', {withValue: ['-f', '-o', '--format', '--output']}],
	['nice', {withValue: ['-n', '--adjustment']}],
	[
		'ionice',
		{
			withValue: ['-c', '-n', '--class', '--classdata'],
			never: ['-p', '-P', '-u', '--pid', '--pgid', '--uid'],
		},
	],
	['timeout', {withValue: ['-s', '-k', '--signal', '--kill-after'], operands: 1}],
	['stdbuf', {withValue: ['-i', '-o', '-e', '--input', '--output', '--error']}],
	['chroot', {operands: 1}],
	['gosu', {operands: 1}],
	['su-exec', {operands: 1}],
	['setpriv', {withValue: ['--reuid', '--regid', '--groups', '--inh-caps', '--bounding-set']}],
	['tini', {withValue: ['-p', '-e']}],
	['dumb-init', {withValue: ['-r', '--rewrite']}],
	['flock', {withValue: ['-w', '-E', '--timeout', '--wait', '--conflict-exit-code'], operands: 1}],
	['linux32', {}],
	['linux64', {}],
	['busybox', {never: ['--list', '--install', '--help']}],
	[
		'xargs',
		{
			withValue: [
				...['-I', '-n', '-P', '-L', '-d', '-a', '-E', '-s', '--max-args', '--max-procs', '--max-lines'],
				...['--delimiter', '--arg-file', '--max-chars', '--process-slot-var'],
			],
		},
	],
]);

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'rbash']);
const SHELL_VALUES = ['-o', '+o', '-O', '+O', '--rcfile', '--init-file'];
const FIND_STARTS: ReadonlySet<string> = new Set(['-exec', '-execdir', '-ok', '-okdir']);

/** What the command starts. Most start nothing, and are not asked for their arguments. */
export function startedBy(command: Starting): readonly Started[] {
	const {name} = command;
	const starter = STARTERS.get(name);
	if (starter !== undefined) {
		return commandAfter(starter, command.args);
	}
	if (SHELLS.has(name)) {
		return codeAfter(name, command.args);
	}
	switch (name) {
		case 'su':
		case 'runuser':
			return ofUser(command.args);
		case 'eval':
			return ofEval(command.args);
		case 'find':
			return ofFind(command.args);
		default:
			return [];
	}
}

type Starting = Pick<Command, 'name' | 'args'>;

function ofEval([code, ...more]: readonly ShellWord[]): readonly Started[] {
	return code === undefined || more.length > 0 ? [] : [{kind: 'code', shell: ['sh'], code}];
}

/** True for a shell that reads its code from standard input. */
export function readsCode({name, args}: Starting): boolean {
	return (
		SHELLS.has(name) &&
		args.every(({text}) => text === '-' || text === '-s' || (/^[-+]/.test(text) && !text.includes('c')))
	);
}

function commandAfter(starter: Starter, args: readonly ShellWord[]): readonly Started[] {
	const {withValue = [], never = [], operands = 0} = starter;
	let skipped = 0;
	for (let at = 0; at < args.length; at += 1) {
		const text = args[at]?.text ?? '';
		if (never.includes(text)) {
			return [];
		}
		if (withValue.includes(text)) {
			at += 1;
		} else if (isOperand(starter, text)) {
			skipped += 1;
		}
		if (skipped > operands) {
			return [{kind: 'command', words: args.slice(at)}];
		}
	}
	return [];
}

function isOperand({takesPairs = false}: Starter, text: string): boolean {
	return !text.startsWith('-') && !(takesPairs && isPair(text));
}

function isPair(text: string): boolean {
	const equals = text.indexOf('=');
	return equals > 0 && /^\w+$/.test(text.slice(0, equals));
}

/** The code of `sh -c`, whose letter may stand in a bundle: `bash -euxc`. */
function codeAfter(shell: string, args: readonly ShellWord[]): readonly Started[] {
	let hasCode = false;
	for (let at = 0; at < args.length; at += 1) {
		const text = args[at]?.text ?? '';
		if (!/^[-+]./.test(text)) {
			const code = args[at];
			const words = args.slice(0, at).map(({unquoted}) => unquoted);
			return hasCode && code !== undefined ? [{kind: 'code', shell: [shell, ...words], code}] : [];
		}
		hasCode ||= /^-[a-zA-Z]+$/.test(text) && text.includes('c');
		// `-o pipefail`, also as `-euo pipefail`.
		if (SHELL_VALUES.includes(text) || /^[-+][a-zA-Z]*o$/.test(text)) {
			at += 1;
		}
	}
	return [];
}

function ofUser(args: readonly ShellWord[]): readonly Started[] {
	const at = args.findIndex(({text}) => text === '-c' || text === '--command' || text === '-lc');
	const code = at === -1 ? undefined : args[at + 1];
	if (code !== undefined) {
		return [{kind: 'code', shell: ['sh'], code}];
	}
	const end = args.findIndex(({text}) => text === '--');
	return end === -1 || end + 1 === args.length ? [] : [{kind: 'command', words: args.slice(end + 1)}];
}

function ofFind(args: readonly ShellWord[]): readonly Started[] {
	const found: Started[] = [];
	for (let at = 0; at < args.length; at += 1) {
		if (FIND_STARTS.has(args[at]?.text ?? '')) {
			const start = at + 1;
			at = start;
			while (at < args.length && args[at]?.value !== ';' && args[at]?.text !== '+') {
				at += 1;
			}
			if (at > start) {
				found.push({kind: 'command', words: args.slice(start, at)});
			}
		}
	}
	return found;
}

/** The program that a word names, empty when that is not known. */
export function nameOf(word: Pick<ShellWord, 'value'> | undefined): string {
	return word?.value === undefined ? '' : programOf(word.value);
}
