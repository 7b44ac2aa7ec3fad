import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {withFlag, withoutInstruction} from '../instruction-edits.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {pathAt, type Standing, standingsOf} from '../standing.ts';
import {type Copy, copiesOf} from './copies.ts';

export const copyChmod: Rule = function* (subject) {
	const {file} = subject;
	for (const {copy, run, change} of changes(subject)) {
		const {flag, value, isOne} = change;
		const fix = isOne ? fixOf(subject, copy, run, change) : undefined;
		yield {
			result: 'fail',
			message: `This ${flag.slice(2)} puts a second copy of the files into a layer of its own: write ${copy.instruction.keyword} ${flag}=${isWholeMode(change) ? value : '… with the whole mode, such as 755,'} instead.`,
			place: {file, line: run.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

/** A mode such as `+x` depends on the file's own. */
function isWholeMode({flag, value}: Change): boolean {
	return flag === '--chown' || /^[0-7]+$/.test(value);
}

interface Changed {
	readonly copy: Copy;
	readonly run: Instruction;
	readonly change: Change;
}

/** Copies that the next instruction changes, and does nothing else. */
function changes(subject: Subject): readonly Changed[] {
	const standings = standingsOf(subject);
	const scripts = new Map(subject.scripts.map(script => [script.instruction, script]));
	const next = nextInstructions(subject.dockerfile.stages);
	return copiesOf(subject).flatMap(copy => {
		const run = next.get(copy.instruction);
		const script = run === undefined ? undefined : scripts.get(run);
		// Most steps change no modes, and need not be parsed to tell.
		const mayChange = script !== undefined && /ch(?:mod|own)/.test(script.text);
		const change = mayChange ? changeOf(script, copy, standings.get(copy.instruction)) : undefined;
		return run === undefined || change === undefined ? [] : [{copy, run, change}];
	});
}

/** By instruction, the one that follows it in its stage. */
function nextInstructions(stages: readonly Stage[]): ReadonlyMap<Instruction, Instruction> {
	const next = new Map<Instruction, Instruction>();
	for (const {instructions} of stages) {
		for (const [index, instruction] of instructions.entries()) {
			const following = instructions[index + 1];
			if (following !== undefined) {
				next.set(instruction, following);
			}
		}
	}

	return next;
}

interface Change {
	readonly flag: '--chmod' | '--chown';
	readonly value: string;
	/** It changes one file, and a flag would change the same and nothing else. */
	readonly isOne: boolean;
}

/** A RUN that does nothing but change what was just copied. */
function changeOf(script: Script, copy: Copy, standing: Standing | undefined): Change | undefined {
	const command = onlyCommand(script);
	const [value, path, ...others] = command === undefined ? [] : operandsOf(command);
	if (
		command === undefined ||
		value === undefined ||
		others.length > 0 ||
		!isCopied(copy, path?.value, standing)
	) {
		return undefined;
	}

	const flag = `--${command.name}` as Change['flag']; // One of the two, as onlyCommand has made sure.
	const isGiven = copy.instruction.flags.some(({name}) => name === command.name);
	const isOne =
		PLAIN[flag].test(value.value ?? '') &&
		!hasOptions(command) &&
		isFile(copy) &&
		!isGiven &&
		hasFolder(copy, standing);
	return /^[\w.:+=,$-]{1,60}$/.test(value.unquoted) ? {flag, value: value.unquoted, isOne} : undefined;
}

const PLAIN: Readonly<Record<Change['flag'], RegExp>> = {
	'--chmod': /^[0-7]{3,4}$/,
	// Without a group, the flag would set the user's and the command leaves root's.
	'--chown': /^[\w.-]+:[\w.-]+$/,
};

/** The chmod or chown that is all of the script. */
function onlyCommand({commands: [command, ...more], text}: Script): Command | undefined {
	const {place, name} = command ?? {};
	const isAlone =
		place !== undefined && more.length === 0 && text.trim() === text.slice(place.start, place.end);
	return isAlone && (name === 'chmod' || name === 'chown') ? command : undefined;
}

function isCopied(copy: Copy, path: string | undefined, standing: Standing | undefined): boolean {
	const target = copiedTo(copy, standing);
	return (
		target !== undefined && path !== undefined && standing !== undefined && pathAt(standing, path) === target
	);
}

// COPY makes folders that are missing, and gives them to the owner that the flag names.
const FOLDERS: ReadonlySet<string> = new Set([
	...['/', '/bin', '/etc', '/home', '/opt', '/root', '/srv', '/tmp', '/usr', '/usr/bin', '/usr/local'],
	...[
		'/usr/local/bin',
		'/usr/local/sbin',
		'/usr/local/lib',
		'/usr/local/share',
		'/usr/sbin',
		'/var',
		'/var/lib',
	],
]);

/** Whether the folder that the file goes to is there before: in every image, or as the working directory. */
function hasFolder(copy: Copy, standing: Standing | undefined): boolean {
	const path = copiedTo(copy, standing) ?? '';
	const folder = path.slice(0, path.lastIndexOf('/')) || '/';
	return FOLDERS.has(folder) || folder === standing?.workdir;
}

function hasOptions({args}: Command): boolean {
	return args.some(({text}) => text.startsWith('-'));
}

/** Where a single source ends up; absent where that is not known. */
function copiedTo({step, sources, destination}: Copy, standing: Standing | undefined): string | undefined {
	const path = step.expand(destination);
	const [source, ...more] = sources;
	if (path === undefined || standing === undefined || source === undefined || more.length > 0) {
		return undefined;
	}

	const isInto = /(?:^|\/)\.{0,2}$/.test(path) && isPlainFile(source);
	const name = source.slice(source.lastIndexOf('/') + 1);
	return pathAt(standing, isInto ? `${path}/${name}` : path);
}

function isFile({sources, destination}: Copy): boolean {
	const [source = ''] = sources;
	const name = source.slice(source.lastIndexOf('/') + 1);
	return isPlainFile(source) && (destination.endsWith('/') || destination.endsWith(name));
}

/** A name with an ending is a file's, as far as names can tell. */
function isPlainFile(source: string): boolean {
	return /(?:^|\/)[\w-][\w.-]*\.[a-zA-Z]\w*$/.test(source) && !/\.d$/.test(source);
}

/** The RUN goes, and its value goes into a flag. Not where it was done as another user: COPY is always root's. */
function fixOf(
	{dockerfile}: Subject,
	{instruction}: Copy,
	run: Instruction,
	{flag, value}: Change,
): Fix | undefined {
	const removal =
		run.flags.length === 0 && run.heredocs.length === 0 ? withoutInstruction(dockerfile, run) : undefined;
	return removal === undefined
		? undefined
		: {title: `${flag}=${value}`, edits: [withFlag(instruction, `${flag}=${value}`), removal]};
}
