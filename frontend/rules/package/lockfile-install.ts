import {insertAfter, replaceWord} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Script} from '../../shell/script.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {copiedFiles, type LiesBeside} from './copied.ts';
import {failAt, fixOf} from './finding.ts';
import type {Invocation} from './invocations.ts';
import {remembered} from './remembered.ts';
import {installsOf} from './runs.ts';
import {baseImageOf} from './stages.ts';
import {type Environment, environmentOf} from './variables.ts';

interface Locked {
	readonly locks: readonly string[];
	readonly verbs: readonly string[];
	/** What keeps to the lock file, or installs somewhere else. */
	readonly passes: readonly string[];
	readonly write: string;
	readonly repair: (invocation: Invocation, subject: Subject) => Fix | undefined;
}

const LOCKED: ReadonlyMap<string, Locked> = new Map<string, Locked>([
	[
		'npm',
		{
			locks: ['package-lock.json', 'npm-shrinkwrap.json'],
			verbs: ['install', 'i', 'in', 'ins', 'add'],
			passes: ['g', 'global', 'location', 'prefix', 'C', 'w', 'workspace', 'package-lock-only'],
			write: 'npm ci',
			repair: cleanInstall,
		},
	],
	[
		'yarn',
		{
			locks: ['yarn.lock'],
			verbs: ['install', ''],
			passes: ['frozen-lockfile', 'immutable', 'pure-lockfile', 'cwd'],
			write: 'yarn install --frozen-lockfile',
			repair: frozen,
		},
	],
	[
		'pnpm',
		{
			locks: ['pnpm-lock.yaml'],
			verbs: ['install', 'i'],
			passes: ['frozen-lockfile', 'g', 'global', 'C', 'dir', 'lockfile-only', 'fix-lockfile'],
			write: 'pnpm install --frozen-lockfile',
			repair: frozen,
		},
	],
]);

const LOCKS = [...LOCKED.values()].flatMap(({locks}) => locks);

export const lockfileInstall: Rule = function* (subject) {
	const env = environmentOf(subject);
	const isElsewhere = remembered(changesFolder);
	const isTakenAway = remembered(({scripts}: Subject) => scripts.some(removesLock));
	let liesBeside: LiesBeside | undefined;
	for (const invocation of installsOf(subject, 'npm', 'yarn', 'pnpm')) {
		const {command, manager, verb, operands} = invocation;
		const {stage, instruction} = command.script;
		const locked = LOCKED.get(manager);
		const isAsked = locked?.verbs.includes(verb) === true && operands.length === 0;
		if (
			locked === undefined ||
			!isAsked ||
			hasOption(command, ...locked.passes) ||
			isElsewhere(command.script)
		) {
			continue;
		}
		liesBeside ??= copiedFiles(subject, LOCKS);
		if (
			!freezesByItself(invocation, env) &&
			!isTakenAway(subject) &&
			liesBeside(stage, instruction, locked.locks)
		) {
			const message = `A lock file was copied in, and this installs without keeping to it, so what was tested is not what is installed: write ${locked.write}.`;
			yield failAt(subject, command, message, locked.repair(invocation, subject));
		}
	}
};

/** Who removes a lock file does not want it. */
function removesLock({commands}: Script): boolean {
	return commands.some(
		({name, args}) => name === 'rm' && args.some(({text}) => LOCKS.some(lock => text.includes(lock))),
	);
}

/** After a `cd` it is another project's folder. */
function changesFolder({commands}: Script): boolean {
	return commands.some(({name}) => name === 'cd' || name === 'pushd');
}

/** pnpm, and yarn from its second version on, keep to the lock file where CI is set. */
function freezesByItself({manager, command}: Invocation, env: Environment): boolean {
	const ci = env(command, 'CI') ?? '';
	return manager !== 'npm' && ci !== '' && ci !== 'false' && ci !== '0';
}

/** `npm ci` is there since Node 10 for sure, and it will not be told to leave the lock file alone. */
function cleanInstall({command, verbWord}: Invocation, subject: Subject): Fix | undefined {
	const image = baseImageOf(subject, command.script.stage);
	const isOld = image?.name === 'node' && image.major !== undefined && image.major < 10;
	return isOld || hasOption(command, 'no-package-lock', 'package-lock')
		? undefined
		: fixOf('npm ci', replaceWord(verbWord, 'ci'));
}

/** From its second version on yarn brings `.yarnrc.yml` along, and calls it `--immutable`. */
function frozen({command, verbWord, manager}: Invocation, {steps}: Subject): Fix | undefined {
	const isNew =
		manager === 'yarn' &&
		steps.some(({instruction: {keyword, args}}) => keyword === 'COPY' && /\.yarn/.test(args));
	const option = isNew ? '--immutable' : '--frozen-lockfile';
	return hasOption(command, 'no-frozen-lockfile', 'no-immutable', 'no-lockfile')
		? undefined
		: fixOf(option, insertAfter(verbWord, ` ${option}`));
}
