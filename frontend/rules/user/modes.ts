import type {Flag} from '../../dockerfile/ast.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import type {Subject} from '../rule.ts';
import {commandsIn} from './accounts.ts';

/** A mode that the image's own stages give to files. */
export interface ModeGiven {
	/** `777`, `a+rwx`. */
	readonly mode: string;
	/** Whom it is given to; empty where that is not known. */
	readonly paths: readonly string[];
	/** What gives it, for messages: `chmod`, `COPY --chmod`. */
	readonly how: string;
	readonly line: number;
	/** The mode's own word, where it has one. */
	readonly word: ShellWord | undefined;
	readonly flag: Flag | undefined;
	readonly isRecursive: boolean;
}

const WITH_MODE = ['m', 'mode', 'o', 'g', 'owner', 'group', 't', 'target-directory'];

export function modesIn(subject: Subject): readonly ModeGiven[] {
	const commands = commandsIn(subject, 'final', 'chmod', 'mkdir', 'install').flatMap(readCommand);
	const copies = subject.steps
		.filter(
			({instruction, stage}) =>
				/^(?:COPY|ADD)$/.test(instruction.keyword) && subject.roleOf(stage) === 'final',
		)
		.flatMap(({instruction, expand}) =>
			instruction.flags
				.filter(({name}) => name === 'chmod')
				.map(flag => ({
					mode: expand(flag.value ?? '') ?? '',
					paths: landing(instruction.json ?? instruction.words.map(({text}) => text)),
					how: `${instruction.keyword} --chmod`,
					line: instruction.line,
					word: undefined,
					flag,
					isRecursive: true,
				})),
		);
	return [...commands, ...copies].toSorted((a, b) => a.line - b.line);
}

/** Where the files of a COPY lie in the end. */
function landing(words: readonly string[]): readonly string[] {
	const target = words.at(-1) ?? '';
	return target.endsWith('/')
		? words.slice(0, -1).map(source => target + source.slice(source.lastIndexOf('/') + 1))
		: [target];
}

function readCommand(command: Command): readonly ModeGiven[] {
	const {name, args, line} = command;
	const isChmod = name === 'chmod';
	const operands = isChmod ? modeAndFiles(args) : operandsOf(command, {withValue: WITH_MODE});
	const word = isChmod
		? operands[0]
		: args[args.findIndex(({text}) => text === '-m' || text === '--mode') + 1];
	const isNamed = isChmod || args.some(({text}) => text === '-m' || text === '--mode');
	if (word?.value === undefined || !isNamed) {
		return [];
	}

	return [
		{
			mode: word.value,
			paths: (isChmod ? operands.slice(1) : operands).map(({unquoted}) => unquoted),
			how: name,
			line,
			word,
			flag: undefined,
			isRecursive: args.some(({text}) => /^-[A-Za-z]*R/.test(text) || text === '--recursive'),
		},
	];
}

/** A mode may begin with a dash, as `-w` does; everything else that does is an option. */
function modeAndFiles(args: readonly ShellWord[]): readonly ShellWord[] {
	return args.filter(({text}) => text !== '--' && !/^-(?:-|[RvcfLHP]+$)/.test(text));
}

/** Whether everybody may write: `777`, `666`, `a+rwx`, `o=rw`. Not where the sticky bit keeps files their owners'. */
export function isWorldWritable(mode: string): boolean {
	if (/^[0-7]{1,5}$/.test(mode)) {
		const bits = Number.parseInt(mode, 8);
		return (bits & 0o002) !== 0 && (bits & 0o1000) === 0;
	}

	const clauses = clausesOf(mode);
	const isSticky = clauses.some(({operator, rights}) => operator === '+' && rights.includes('t'));
	return (
		!isSticky &&
		clauses.some(({who, operator, rights}) => /[oa]/.test(who) && operator !== '-' && rights.includes('w'))
	);
}

/** Whether a file runs as its owner: `4755`, `u+s`. For a folder the bit says little, and is mostly the group's. */
export function setsOwnersRights(mode: string): boolean {
	if (/^[0-7]{4,5}$/.test(mode)) {
		return (Number.parseInt(mode, 8) & 0o4000) !== 0;
	}

	return clausesOf(mode).some(
		({who, operator, rights}) => (who === '' || /[ua]/.test(who)) && operator !== '-' && rights.includes('s'),
	);
}

interface Clause {
	readonly who: string;
	readonly operator: string;
	readonly rights: string;
}

function clausesOf(mode: string): readonly Clause[] {
	return mode
		.slice(0, 64)
		.split(',')
		.flatMap(text => {
			const [, who = '', operator = '', rights = ''] =
				/^([ugoa]{0,8})([-+=])([rwxXst]{0,8})$/.exec(text) ?? [];
			return operator === '' ? [] : [{who, operator, rights}];
		});
}
