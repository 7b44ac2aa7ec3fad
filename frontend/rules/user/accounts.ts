import type {Instruction} from '../../dockerfile/ast.ts';
import {hasOption, operandsOf} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import type {Role, Subject} from '../rule.ts';
import {shellText} from '../shell-text.ts';

/** A user that a command makes. */
export interface Account {
	readonly command: Command;
	readonly name: string;
	/** Absent when the system chooses it, or when it is not known. */
	readonly uid: number | undefined;
	/** Of its own, as a name or a number; absent when the system chooses it. */
	readonly group: string | undefined;
	/** Names of further groups. */
	readonly groups: readonly string[];
	readonly isSystem: boolean;
	/** Told to take a number that another account may have. */
	readonly isShared: boolean;
}

export interface Group {
	readonly command: Command;
	readonly name: string;
	readonly gid: number | undefined;
	readonly isShared: boolean;
}

const USER_VALUES = [
	...['b', 'c', 'd', 'e', 'f', 'g', 'G', 'k', 'K', 'p', 'R', 'P', 's', 'u', 'Z', 'h'],
	...['base-dir', 'comment', 'home-dir', 'home', 'expiredate', 'inactive', 'gid', 'groups', 'skel', 'key'],
	...['password', 'root', 'prefix', 'shell', 'uid', 'selinux-user', 'ingroup', 'gecos', 'conf', 'firstuid'],
	...['lastuid', 'firstgid', 'lastgid'],
];
const GROUP_VALUES = [
	'g',
	'K',
	'p',
	'R',
	'P',
	'U',
	'gid',
	'key',
	'password',
	'root',
	'prefix',
	'users',
	'conf',
];

/** RUN commands of these names, in stages of this role. */
export function commandsIn(subject: Subject, role: Role, ...names: readonly string[]): readonly Command[] {
	return subject.commandsNamedIn(
		({stage, instruction}) => instruction.keyword === 'RUN' && subject.roleOf(stage) === role,
		...names,
	);
}

/** The variables in force where instructions stand. */
function stepsByInstruction({steps}: Subject): ReadonlyMap<Instruction, Step> {
	return new Map(steps.map(step => [step.instruction, step]));
}

/** The users that the image's own stages make. Those of which not even the name is known are left out. */
export function accountsIn(subject: Subject): readonly Account[] {
	const commands = commandsIn(subject, 'final', 'useradd', 'adduser');
	const steps = commands.length === 0 ? new Map() : stepsByInstruction(subject);
	return commands.flatMap(command => {
		const read = readerOf(command, steps);
		const [name, second] = operandsOf(command, {withValue: USER_VALUES}).map(read);
		// `adduser app docker` makes nobody: it puts one into a group.
		if (name === undefined || name === '' || second !== undefined) {
			return [];
		}

		const groupOption = command.name === 'useradd' ? ['g', 'gid'] : ['G', 'ingroup', 'gid'];
		const more = command.name === 'useradd' ? optionText(command, read, 'G', 'groups') : undefined;
		return [
			{
				command,
				name,
				uid: numberOf(optionText(command, read, 'u', 'uid')),
				group: optionText(command, read, ...groupOption),
				groups: more?.split(',') ?? [],
				isSystem: hasOption(command, 'system', ...(command.name === 'useradd' ? ['r'] : ['S'])),
				isShared: command.name === 'useradd' && hasOption(command, 'o', 'non-unique'),
			},
		];
	});
}

export function groupsIn(subject: Subject): readonly Group[] {
	const commands = commandsIn(subject, 'final', 'groupadd', 'addgroup');
	const steps = commands.length === 0 ? new Map() : stepsByInstruction(subject);
	return commands.flatMap(command => {
		const read = readerOf(command, steps);
		const words = operandsOf(command, {withValue: GROUP_VALUES});
		const name = read(words[0]);
		return name === undefined || words.length !== 1
			? []
			: [
					{
						command,
						name,
						gid: numberOf(optionText(command, read, 'g', 'gid')),
						isShared: command.name === 'groupadd' && hasOption(command, 'o', 'non-unique'),
					},
				];
	});
}

function readerOf({script}: Command, steps: ReadonlyMap<Instruction, Step>): Read {
	const get = steps.get(script.instruction)?.get;
	return word => shellText(word, script, get);
}

type Read = (word: ShellWord | undefined) => string | undefined;

/** An option's value: `-u 1000`, `-ru 1000`, `-u1000`, `--uid 1000`, `--uid=1000`. */
function optionText({args}: Command, read: Read, ...names: readonly string[]): string | undefined {
	for (const [index, word] of args.entries()) {
		if (names.some(name => isOption(word.text, name))) {
			return read(args[index + 1]);
		}

		const joined = names.map(name => (name.length > 1 ? `--${name}=` : `-${name}`));
		const start = joined.find(option => word.text.startsWith(option));
		if (start !== undefined) {
			return read(word)?.slice(start.length);
		}
	}

	return undefined;
}

function isOption(text: string, name: string): boolean {
	return name.length > 1 ? text === `--${name}` : /^-[A-Za-z]+$/.test(text) && text.endsWith(name);
}

function numberOf(text: string | undefined): number | undefined {
	return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
