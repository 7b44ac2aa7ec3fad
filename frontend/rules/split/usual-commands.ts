import {hasOption, operandsOf, optionValue} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {invocationsIn} from '../package/invocations.ts';
import {resolvePath} from '../secret/paths.ts';
import {type Effect, type Packages, type Place, pathsOf, unknown, writes} from './effect.ts';

/** What commands do that no language owns; absent for one that is not known. */
export function usualEffects(command: Command, place: Place): readonly Effect[] | undefined {
	const {name, args} = command;
	const known = COMMANDS.get(name);
	if (known !== undefined) {
		return known(command, place);
	}

	const isQuestion = args.length === 1 && /^(?:--version|--help|-v|-V)$/.test(args[0]?.text ?? '');
	// Its code is read with all other.
	const isShell = /^(?:ba|da|a|z)?sh$/.test(name) && hasOption(command, 'c');
	if (PURE.has(name) || isQuestion || isShell) {
		return [];
	}

	return packageEffects(command, place);
}

/** These write nothing, or start what is a command of its own. */
const PURE: ReadonlySet<string> = new Set([
	...[
		'set',
		':',
		'true',
		'false',
		'echo',
		'printf',
		'test',
		'[',
		'[[',
		'cat',
		'ls',
		'pwd',
		'exit',
		'sleep',
		'which',
	],
	...[
		'export',
		'unset',
		'command',
		'type',
		'date',
		'uname',
		'id',
		'whoami',
		'grep',
		'awk',
		'cut',
		'head',
		'tail',
	],
	...[
		'sort',
		'uniq',
		'tr',
		'wc',
		'basename',
		'dirname',
		'stat',
		'env',
		'exec',
		'time',
		'nice',
		'sudo',
		'sync',
	],
	...['sha256sum', 'sha512sum', 'sha1sum', 'md5sum', 'du', 'df', 'ps', 'file', 'return', 'local', 'readonly'],
]);

type Known = (command: Command, place: Place) => readonly Effect[];

const COMMANDS: ReadonlyMap<string, Known> = new Map<string, Known>([
	['mkdir', (command, place) => all(command, place, 'writes', {withValue: ['m', 'mode']})],
	[
		'touch',
		(command, place) => all(command, place, 'writes', {withValue: ['d', 't', 'r', 'date', 'reference']}),
	],
	['chmod', (command, place) => all(command, place, 'writes', {skip: 1})],
	['chown', (command, place) => all(command, place, 'writes', {skip: 1})],
	['chgrp', (command, place) => all(command, place, 'writes', {skip: 1})],
	['rm', removed],
	['rmdir', (command, place) => all(command, place, 'removes', {})],
	['cp', (command, place) => [writes(place.path(operandsOf(command).at(-1)), 'cp')]],
	['mv', moved],
	['install', installed],
	['ln', linked],
	['sed', edited],
	['tee', (command, place) => all(command, place, 'writes', {})],
	['useradd', () => ACCOUNTS],
	['adduser', () => ACCOUNTS],
	['groupadd', () => ACCOUNTS],
	['addgroup', () => ACCOUNTS],
	['usermod', () => ACCOUNTS],
	['groupmod', () => ACCOUNTS],
	['find', found],
	['tar', unpacked],
	['git', cloned],
	['curl', downloaded],
	['wget', downloaded],
]);

const ACCOUNTS: readonly Effect[] = [{kind: 'accounts'}];

function all(
	command: Command,
	place: Place,
	kind: 'writes' | 'removes',
	options: {readonly skip?: number; readonly withValue?: readonly string[]},
): readonly Effect[] {
	return pathsOf(command, place, options)?.map(path => ({kind, path})) ?? [unknown(command.name)];
}

/** A pattern takes away what lies in its folder: `rm -rf /var/lib/apt/lists/*`. */
function removed(command: Command, {path, text, folder}: Place): readonly Effect[] {
	return operandsOf(command).map(word => {
		const plain = path(word) ?? folderOf(text(word) ?? word.unquoted, folder);
		return plain === undefined ? unknown('rm') : {kind: 'removes', path: plain};
	});
}

/** The folder above the first name that is a pattern. */
function folderOf(pattern: string, folder: string | undefined): string | undefined {
	const fixed = pattern.split(/[*?[{]/, 1)[0] ?? '';
	const end = fixed.lastIndexOf('/');
	if (fixed.includes('$') || fixed.includes('~') || fixed === pattern) {
		return undefined;
	}

	return fixed.startsWith('/') ? fixed.slice(0, Math.max(end, 1)) : folder;
}

function moved(command: Command, {path}: Place): readonly Effect[] {
	const words = operandsOf(command);
	return words.map((word, at) => {
		const plain = path(word);
		return plain === undefined
			? unknown('mv')
			: {kind: at === words.length - 1 ? 'writes' : 'removes', path: plain};
	});
}

/** `install -d` makes folders, the other forms put files somewhere. */
function installed(command: Command, place: Place): readonly Effect[] {
	const withValue = ['m', 'o', 'g', 'mode', 'owner', 'group', 't', 'target-directory'];
	const isFolders = hasOption(command, 'd', 'directory');
	return isFolders
		? all(command, place, 'writes', {withValue})
		: [writes(place.path(operandsOf(command, {withValue}).at(-1)), 'install')];
}

function linked(command: Command, {path, folder}: Place): readonly Effect[] {
	const words = operandsOf(command);
	const target = words.length === 1 ? folder : path(words.at(-1));
	return [target === undefined ? unknown('ln') : {kind: 'writes', path: target}];
}

function edited(command: Command, place: Place): readonly Effect[] {
	if (!hasOption(command, 'i', 'in-place')) {
		return [];
	}

	const isScriptGiven = hasOption(command, 'e', 'f', 'expression', 'file');
	return all(command, place, 'writes', {
		skip: isScriptGiven ? 0 : 1,
		withValue: ['e', 'f', 'expression', 'file'],
	});
}

/** Only looking, or taking away; what it starts is told by its own words. */
function found(command: Command, place: Place): readonly Effect[] {
	const words = command.args;
	const start = words.findIndex(({text}) => /^[-(!\\]/.test(text));
	const roots = (start === -1 ? words : words.slice(0, start)).map(place.path);
	const text = words.map(word => word.unquoted).join(' ');
	const isRemoval = / -delete\b| -exec(?:dir)? rm /.test(` ${text}`);
	if (!/ -(?:delete|exec|execdir|ok|fprint)\b/.test(` ${text}`)) {
		return [];
	}

	const isKnown = isRemoval && roots.length > 0 && roots.every(root => root !== undefined);
	return isKnown ? roots.map(path => ({kind: 'removes', path: path ?? '/'})) : [unknown('find')];
}

/** Unpacking, into `-C` or where it stands. */
function unpacked(command: Command, place: Place): readonly Effect[] {
	const first = command.args[0]?.text ?? '';
	const isList = /^-?[a-z]*t[a-z]*$/.test(first);
	const into = command.args.findIndex(({text}) => text === '-C' || text === '--directory');
	const folder = into === -1 ? place.folder : place.path(command.args[into + 1]);
	return isList ? [] : [writes(folder, 'tar')];
}

/** A clone makes the folder that is named, or one by the address; the rest works on the clone it stands in. */
function cloned(command: Command, place: Place): readonly Effect[] {
	const [verb, address, into] = operandsOf(command, {withValue: GIT_VALUES});
	const {folder} = place;
	switch (verb?.value) {
		case 'clone': {
			const name =
				place
					.text(address)
					?.replace(/\/+$/, '')
					.replace(/\.git$/, '')
					.split(/[/:]/)
					.at(-1) ?? '';
			const own =
				folder === undefined || !/^[\w.-]{1,100}$/.test(name) ? undefined : resolvePath(folder, name);
			return [writes(into === undefined ? own : place.path(into), 'git')];
		}
		case 'checkout':
		case 'reset':
		case 'submodule':
		case 'pull':
		case 'fetch':
			return [writes(folder, 'git')];
		default:
			return [unknown('git')];
	}
}

const GIT_VALUES = ['b', 'branch', 'depth', 'C', 'c', 'config', 'j', 'jobs', 'o', 'origin', 'reference'];

/** `-o FILE`, or a name from the address where it stands; without either, curl only prints. */
function downloaded(command: Command, place: Place): readonly Effect[] {
	const isCurl = command.name === 'curl';
	const names = isCurl ? ['o', 'output'] : ['O', 'output-document'];
	const value = optionValue(command, ...names);
	if (value === '-' || value?.startsWith('/dev/') === true) {
		return [];
	}

	if (value !== undefined) {
		const isPlain = value.startsWith('/') || place.folder !== undefined;
		return [isPlain ? {kind: 'writes', path: joined(place.folder, value)} : unknown(command.name)];
	}

	const isPrinting = isCurl && !hasOption(command, 'O', 'remote-name', 'o', 'output');
	return isPrinting ? [] : [writes(place.folder, command.name)];
}

function joined(folder: string | undefined, path: string): string {
	return path.startsWith('/') ? path : `${folder ?? ''}/${path.replace(/^\.\//, '')}`;
}

/** apt and apk. Third parties' packages, files and addresses are not known. */
function packageEffects(command: Command, place: Place): readonly Effect[] | undefined {
	const [invocation] = invocationsIn([command]);
	if (invocation === undefined || (invocation.manager !== 'apt' && invocation.manager !== 'apk')) {
		return undefined;
	}

	const {manager, act, operands} = invocation;
	if (act === 'update' || act === 'clean') {
		return [];
	}

	const names = operands.map(place.text);
	const isNamed = names.every(name => name !== undefined && PACKAGE.test(name));
	const isOdd =
		hasOption(command, 't', 'target-release', 'X', 'repository', 'p', 'root') && manager === 'apt';
	const isElsewhere =
		manager === 'apk' && hasOption(command, 'X', 'repository', 'p', 'root', 'allow-untrusted');
	const virtual = manager === 'apk' ? optionValue(command, 't', 'virtual') : undefined;
	if (!isNamed || isOdd || isElsewhere || invocation.verb === 'build-dep') {
		return [unknown(command.name)];
	}

	const recommends = /no-install-recommends|install-recommends=(?:0|false)/i.test(
		command.args.map(({text}) => text).join(' '),
	);
	const effect: Packages = {
		kind: 'packages',
		manager,
		act,
		names: names as string[], // All of them are known.
		virtual,
		options: manager === 'apt' && recommends ? ['--no-install-recommends'] : [],
	};
	return [effect];
}

/** A name, and perhaps a version. */
const PACKAGE = /^[a-z0-9.][\w.+-]{0,99}(?:[=<>~]{1,2}[\w.+:~*-]{1,99})?$/i;
