import type {Edit} from '../../dockerfile/edit.ts';
import {insertBefore, replaceWord} from '../../shell/edits.ts';
import {lazy} from '../../shell/lazy.ts';
import {type Pipe, type PipePart, pipesOf} from '../../shell/pipes.ts';
import type {Command, Script} from '../../shell/script.ts';
import {type Family, familiesOf} from '../base-family.ts';
import {ranScripts} from '../ran.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {shellAround} from './pipefail-shell.ts';
import {optionAt} from './shell-options.ts';

/** Told once a RUN, at its first pipe that may fail unnoticed. */
export const pipefail: Rule = function* (subject) {
	const families = lazy(() => familiesOf(subject));
	const shellFor = shellAround(subject, script => isNeutral(pipesOf(script.commands), script));
	for (const script of ranScripts(subject)) {
		const pipes = pipesOf(script.commands);
		const found = pipes.length === 0 ? undefined : unnoticed(script, pipes);
		if (found !== undefined) {
			const family = families().get(script.stage);
			const own = isNeutral(pipes, script) ? switchedOn(script, family) : undefined;
			yield lost(subject, found, hintFor(script, family), own === undefined ? shellFor(script) : [own]);
		}
	}
};

function lost({file}: Subject, {name, line}: Command, hint: string, edits: readonly Edit[]): RuleFinding {
	return {
		result: 'fail',
		message: `When ${name} fails here nobody notices, because of a pipe only the last command counts: ${hint}.`,
		place: {file, line},
		...(edits.length === 0 ? {} : {fix: {title: 'a pipe fails with any of its commands', edits}}),
	};
}

function hintFor({dialect}: Script, family: Family | undefined): string {
	if (dialect === 'bash' || family === 'alpine' || family === 'redhat') {
		return 'begin the RUN with set -o pipefail &&';
	}
	return family === 'debian'
		? 'write SHELL ["/bin/bash", "-o", "pipefail", "-c"] before it'
		: 'write SHELL ["/bin/bash", "-o", "pipefail", "-c"] before it, or in the sh of Alpine begin the RUN with set -o pipefail &&';
}

function unnoticed({commands}: Script, pipes: readonly Pipe[]): Command | undefined {
	const isOn = optionAt(commands, 'pipefail');
	return pipes
		.filter(pipe => !pipe.flat().some(({isTested}) => isTested))
		.flatMap(pipe => pipe.slice(0, -1).flatMap(failing))
		.find(command => isShell(command) && !isOn(command));
}

function isShell({script: {dialect}}: Command): boolean {
	return dialect === 'sh' || dialect === 'bash';
}

/** They say something that is known beforehand, or can hardly fail. */
const TALKERS: ReadonlySet<string> = new Set([
	...[
		'',
		'echo',
		'printf',
		'yes',
		'true',
		':',
		'date',
		'uname',
		'id',
		'whoami',
		'nproc',
		'hostname',
		'arch',
		'env',
	],
	...['printenv', 'pwd', 'dirname', 'basename', 'seq', 'set', 'export', 'getconf', 'which', 'command', 'tty'],
]);

/** They read what comes before them, and fail only when nothing matches. */
const FILTERS: ReadonlySet<string> = new Set([
	...[
		'cat',
		'sed',
		'awk',
		'gawk',
		'mawk',
		'grep',
		'egrep',
		'fgrep',
		'tr',
		'cut',
		'sort',
		'uniq',
		'head',
		'tail',
	],
	...['tee', 'rev', 'wc', 'column', 'paste', 'fold', 'nl', 'tac'],
]);

/** A part that may fail. */
function failing(part: PipePart, at: number): readonly Command[] {
	const command = part.at(-1);
	if (command === undefined || TALKERS.has(command.name)) {
		return [];
	}
	const isFed =
		at > 0 || command.redirects.some(({body, operator}) => body !== undefined || operator === '<<<');
	const isArchitecture =
		command.name === 'dpkg' && command.args.some(({text}) => text === '--print-architecture');
	return isArchitecture || (isFed && FILTERS.has(command.name)) ? [] : [command];
}

/** They read to the end, so what writes to them is not cut off. */
const READERS: ReadonlySet<string> = new Set([
	...[
		'tar',
		'tee',
		'apt-key',
		'gpg',
		'sort',
		'uniq',
		'tr',
		'cut',
		'wc',
		'cat',
		'base64',
		'gunzip',
		'gzip',
		'xz',
		'unxz',
	],
	...[
		'sha256sum',
		'sha512sum',
		'sha1sum',
		'md5sum',
		'cpio',
		'jq',
		'xargs',
		'debconf-set-selections',
		'chpasswd',
	],
]);

/** They fail although nothing is wrong. */
const UNSURE: ReadonlySet<string> = new Set([
	...[
		'yes',
		'grep',
		'egrep',
		'fgrep',
		'zgrep',
		'diff',
		'cmp',
		'find',
		'ls',
		'which',
		'command',
		'type',
		'expr',
		'test',
	],
	...['[', 'timeout', 'false', 'pgrep', 'ldd', 'apt-cache', 'dpkg-query', 'apk', 'rpm', 'head', 'ps', ''],
]);

/** Whether pipefail would only be noticed where something failed. */
function isNeutral(pipes: readonly Pipe[], script: Script): boolean {
	return pipes.every(pipe =>
		pipe.every((part, at) => {
			const command = part.at(-1);
			return (
				command?.script === script &&
				!command.isConditional &&
				(at === 0 || READERS.has(command.name)) &&
				(at === pipe.length - 1 || !UNSURE.has(command.name))
			);
		}),
	);
}

/** Where the shell that knows the option is in force for sure. */
function switchedOn(script: Script, family: Family | undefined): Edit | undefined {
	const knows =
		script.dialect === 'bash' || (script.dialect === 'sh' && (family === 'alpine' || family === 'redhat'));
	const first = knows ? firstOf(script) : undefined;
	const [flags, ...more] = first?.name === 'set' ? first.args : [];
	if (flags !== undefined && more.length === 0 && /^-[a-np-z]+$/.test(flags.text)) {
		return replaceWord(flags, `${flags.text}o pipefail`);
	}
	return first === undefined || first.isConditional ? undefined : insertBefore(first, 'set -o pipefail && ');
}

/** The command that the code begins with, after comments. */
function firstOf({commands: [first], text}: Script): Command | undefined {
	const before = first?.place === undefined ? [text] : text.slice(0, first.place.start).split('\n');
	const isFirst = before.every(line => line.trim() === '' || line.startsWith('#'));
	// In the background, the option would be set there, too.
	return isFirst && first?.place?.nextJoint !== '&' ? first : undefined;
}
