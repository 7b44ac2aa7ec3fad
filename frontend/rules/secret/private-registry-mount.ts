import {quoted} from '../../dockerfile/error.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {withFlag} from '../instruction-edits.ts';
import {repairableBy} from '../repairable.ts';
import type {Fix, Params, Rule, Subject} from '../rule.ts';
import {secretOption} from './argument-mount.ts';
import {hasLogin} from './credential-commands.ts';
import {hasMount} from './mounts.ts';
import {argumentFix} from './no-credential-commands.ts';

/** Programs that take packages from where they are told. */
const INSTALLERS = [
	...[
		'pip',
		'pip3',
		'uv',
		'poetry',
		'pipenv',
		'pdm',
		'conda',
		'npm',
		'yarn',
		'pnpm',
		'go',
		'gem',
		'bundle',
		'cargo',
	],
	...['composer', 'mvn', 'gradle', 'dotnet', 'nuget', 'helm'],
];

/**
 * `mounts` in the bundle says which commands need which mount: `npm ci=type=secret,id=npmrc,target=/root/.npmrc`. Without it
 * only a login in the URL of a registry is found.
 */
export const privateRegistryMount: Rule = function* (subject, params) {
	for (const [index, {command, word, mount}] of openIn(subject, mountsIn(params)).entries()) {
		const {name, fix} = index < MAX_TRIES ? repairFor(subject, command, word, mount) : {};
		yield {
			result: 'fail',
			tier: 'T2',
			message: `${command.name} takes packages from a registry that wants a login, and the step is given none that stays out of the image: ${remedyFor(name, mount)}.`,
			place: {file: subject.file, line: command.line},
			...repairableBy(fix),
		};
	}
};

interface Open {
	readonly command: Command;
	/** The URL with a login, where that is how it is known. */
	readonly word: ShellWord | undefined;
	/** What the bundle wants mounted. */
	readonly mount: string | undefined;
}

/** The first such command of every step that is given no secret. */
function openIn({commandsNamed, roleOf}: Subject, wanted: readonly Wanted[]): readonly Open[] {
	const names = new Set([...INSTALLERS, ...wanted.map(({command: [name = '']}) => name)]);
	const open = commandsNamed(...names)
		.filter(
			({script: {instruction, stage}}) =>
				instruction.keyword === 'RUN' && roleOf(stage) !== 'unused' && !hasMount(instruction, 'secret'),
		)
		.flatMap(command => {
			const word = command.args.find(each => each.text.includes('@') && hasLogin(each));
			const mount = wanted.find(each => isCalled(command, each.command))?.mount;
			return word === undefined && mount === undefined ? [] : [{command, word, mount}];
		});
	return [
		...new Map(open.toReversed().map(each => [each.command.script.instruction, each])).values(),
	].toReversed();
}

/** Each takes a look at its whole stage. */
const MAX_TRIES = 16;

function repairFor(
	subject: Subject,
	command: Command,
	word: ShellWord | undefined,
	mount: string | undefined,
): Repair {
	return mount === undefined
		? (argumentFix(subject, command.script.instruction, word?.variables ?? []) ?? {})
		: mountFix(subject, command, mount);
}

interface Repair {
	readonly name?: string;
	readonly fix?: Fix;
}

function remedyFor(name: string | undefined, mount: string | undefined): string {
	if (mount !== undefined) {
		return `write RUN --mount=${quoted(mount).slice(1, -1)}`;
	}

	return name === undefined
		? 'mount a file with the login (.netrc, pip.conf, .npmrc) with RUN --mount=type=secret'
		: `mount it as a secret, and build with ${secretOption(name)}`;
}

interface Wanted {
	/** Name and first words. */
	readonly command: readonly string[];
	readonly mount: string;
}

function mountsIn({mounts}: Params): readonly Wanted[] {
	return (Array.isArray(mounts) ? mounts : []).flatMap((text: string) => {
		const at = text.indexOf('=type=secret');
		const mount = text.slice(at + 1);
		return at > 0 && /^[\w=,./-]{1,300}$/.test(mount)
			? [{command: text.slice(0, at).trim().split(/\s+/), mount}]
			: [];
	});
}

function isCalled({name, args}: Command, [wanted = '', ...verbs]: readonly string[]): boolean {
	const plain = args.filter(({text}) => !text.startsWith('-')).map(({unquoted}) => unquoted);
	return name === wanted && verbs.every((verb, index) => plain[index] === verb);
}

/** A build that is under way was not given the secret. */
function mountFix({isOffline}: Subject, {script}: Command, mount: string): Repair {
	return isOffline === false
		? {}
		: {fix: {title: `--mount=${mount}`, edits: [withFlag(script.instruction, `--mount=${mount}`)]}};
}
