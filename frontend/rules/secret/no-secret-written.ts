import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import type {Rule, Subject} from '../rule.ts';
import {scriptsOf} from '../scripts-of.ts';
import {type SecretMount, secretMountsOf} from './mounts.ts';
import {baseName} from './paths.ts';

/** Nobody needs more, and each is compared with every command. */
const MAX_MOUNTS = 16;
/** What is written there is in no layer. */
const NOWHERE = /^(?:\/dev\/|\/proc\/|\/run\/|\/var\/run\/)/;

export const noSecretWritten: Rule = function* (subject) {
	for (const {instruction, stage} of subject.steps) {
		const mounts = subject.roleOf(stage) === 'final' ? secretMountsOf(instruction).slice(0, MAX_MOUNTS) : [];
		const written = mounts.length === 0 ? undefined : writtenIn(subject, instruction, mounts);
		if (written !== undefined) {
			yield {
				result: 'fail',
				tier: 'T2',
				message: `The secret ${quoted(written.id)} is mounted and then written to ${quoted(written.target)}, which stays in the layer: let the program read it where it is mounted, or mount it at that path with target=.`,
				place: {file: subject.file, line: written.line},
			};
		}
	}
};

/** Programs that write what they are told into a file of their own, and the word that tells them to. */
const STORES: ReadonlyMap<string, {readonly verb: string; readonly file: string}> = new Map([
	['git', {verb: 'config', file: '~/.gitconfig'}],
	['npm', {verb: 'set', file: '~/.npmrc'}],
	['pnpm', {verb: 'set', file: '~/.npmrc'}],
	['yarn', {verb: 'set', file: '~/.yarnrc'}],
	['aws', {verb: 'set', file: '~/.aws/credentials'}],
	['pip', {verb: 'set', file: '~/.config/pip/pip.conf'}],
	['docker', {verb: 'login', file: '~/.docker/config.json'}],
	['composer', {verb: 'config', file: '~/.composer/auth.json'}],
]);

/** A certificate is given as a secret to reach a private network, and is none: everybody there may have it. */
const CERTIFICATE =
	/ca-certificates|ca-trust|\.(?:crt|cer)$|(?:^|[-_./])(?:ca|certs?|root-?ca|ca-?bundle)(?:[-_.]|$)/i;

function isHarmless(target: string, {id}: SecretMount): boolean {
	return NOWHERE.test(target) || CERTIFICATE.test(target) || CERTIFICATE.test(id);
}

interface Written {
	readonly id: string;
	readonly target: string;
	readonly line: number;
}

function writtenIn(
	subject: Subject,
	instruction: Instruction,
	mounts: readonly SecretMount[],
): Written | undefined {
	const commands = scriptsOf(subject, instruction).flatMap(script => script.commands);
	const text = commands[0]?.script.text ?? '';
	const gone = new Set(
		commands
			.filter(({name}) => name === 'rm' || name === 'shred')
			.flatMap(command => operandsOf(command).map(({unquoted}) => unquoted)),
	);
	for (const command of commands) {
		for (const mount of mounts) {
			const target = targetOf(command, mount, text);
			if (
				target !== undefined &&
				!isHarmless(target, mount) &&
				!isGone(gone, target) &&
				!isMount(instruction, target)
			) {
				return {id: mount.id, target, line: command.line};
			}
		}
	}

	return undefined;
}

/** Where a command writes what a mount holds; absent when it does not. */
function targetOf(command: Command, mount: SecretMount, text: string): string | undefined {
	const {name, args, redirects} = command;
	const takesIt = args.some(word => holds(word, mount, text));
	if (!takesIt) {
		return undefined;
	}

	const store = STORES.get(name);
	if (store !== undefined && args.some(({value}) => value === store.verb)) {
		return store.file;
	}

	if (['cp', 'mv', 'install'].includes(name)) {
		const operands = operandsOf(command, {withValue: ['m', 'o', 'g', 'mode', 'owner', 'group', 't']});
		return operands.length > 1 && !holds(operands.at(-1), mount, text)
			? operands.at(-1)?.unquoted
			: undefined;
	}

	const isOutput = ['cat', 'echo', 'printf', 'base64', 'envsubst', 'sed', 'awk', 'tr'].includes(name);
	const file = redirects.find(
		({operator, descriptor}) => /^>[>|]?$/.test(operator) && (descriptor ?? 1) === 1,
	);
	return isOutput ? file?.target?.unquoted : undefined;
}

function holds(word: ShellWord | undefined, {path, variable}: SecretMount, text: string): boolean {
	if (word === undefined) {
		return false;
	}

	const whole = text.slice(word.start, word.end);
	const isFile = path !== undefined && (word.unquoted === path || whole.includes(path));
	return isFile || (variable !== undefined && word.variables.includes(variable));
}

/** Removed in the same step, by its path or by a folder or pattern above it. */
function isGone(gone: ReadonlySet<string>, target: string): boolean {
	return (
		gone.has(target) ||
		[...gone].some(
			path =>
				path !== '' &&
				(target.startsWith(`${path.replace(/[*/]+$/, '')}/`) || baseName(path) === baseName(target)),
		)
	);
}

/** Below a mount of the same step, which is no layer either. */
function isMount({flags}: Instruction, target: string): boolean {
	return flags.some(({value = ''}) => {
		const [, path] = /(?:^|,)(?:target|dst|destination)=([^,]{1,4096})/.exec(value) ?? [];
		return path !== undefined && (target === path || target.startsWith(`${path.replace(/\/$/, '')}/`));
	});
}
