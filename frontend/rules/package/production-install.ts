import {insertAfter} from '../../shell/edits.ts';
import {hasOption, optionValues, subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import type {Invocation} from './invocations.ts';
import type {ManagerName} from './managers.ts';
import {askedOf, finalRunsOf} from './runs.ts';
import {baseImageOf, isForDevelopment} from './stages.ts';
import {type Environment, environmentOf} from './variables.ts';

interface Kind {
	readonly verbs: readonly string[];
	readonly variable: string;
	readonly option: string;
}

const NODE_VERBS = ['install', 'i', 'ci', 'clean-install', ''];
const KINDS: ReadonlyMap<ManagerName, Kind> = new Map([
	['npm', {verbs: NODE_VERBS, variable: 'NODE_ENV', option: '--omit=dev'}],
	['yarn', {verbs: NODE_VERBS, variable: 'NODE_ENV', option: '--production'}],
	['pnpm', {verbs: NODE_VERBS, variable: 'NODE_ENV', option: '--prod'}],
	['composer', {verbs: ['install', 'i'], variable: 'COMPOSER_NO_DEV', option: '--no-dev'}],
	['bundle', {verbs: ['install', 'i', ''], variable: 'BUNDLE_WITHOUT', option: ''}],
]);

/** Tools that are development dependencies as a rule: an image that starts them needs those. */
const TOOLS: ReadonlySet<string> = new Set([
	...[
		'npx',
		'tsc',
		'ng',
		'vite',
		'webpack',
		'next',
		'nuxt',
		'gulp',
		'grunt',
		'parcel',
		'rollup',
		'nodemon',
		'bower',
	],
	...[
		'jest',
		'mocha',
		'eslint',
		'rails',
		'rake',
		'rspec',
		'phpunit',
		'make',
		'lerna',
		'nx',
		'turbo',
		'tsx',
		'ts-node',
	],
]);
const SCRIPTS = /\b(?:dev|develop|development|watch|nodemon|serve|test|storybook|debug)\b/;

export const productionInstall: Rule = function* (subject) {
	const runs = finalRunsOf(subject);
	const isSaid = runs.some(({script}) => SAID.test(script.text));
	if (isSaid || isForDevelopment(subject) || isStartedForDevelopment(subject)) {
		return;
	}
	const env = environmentOf(subject);
	const usesTools = runs.some(({script}) => script.commands.some(isTool));
	const asked: readonly ManagerName[] = usesTools ? ['composer'] : [...KINDS.keys()];
	for (const invocation of runs.flatMap(run => askedOf(run, ...asked))) {
		const kind = KINDS.get(invocation.manager);
		if (kind !== undefined && isAll(invocation, kind, env)) {
			yield judge(invocation, kind, subject);
		}
	}
};

/** Said for more than one command. */
const SAID = /config [^\n&;]{0,99}without|prune --|--production|--omit/;

function judge(invocation: Invocation, {option}: Kind, subject: Subject): RuleFinding {
	const {command, manager, verbWord} = invocation;
	const write = manager === 'bundle' ? 'BUNDLE_WITHOUT=development:test as an ENV' : option;
	const message = `This also installs what is only needed for development and tests, and the image keeps it: write ${write}.`;
	const isRepaired = option !== '' && !isOldNpm(invocation, subject);
	const fix = isRepaired ? fixOf(option, insertAfter(verbWord, ` ${option}`)) : undefined;
	return failAt(subject, command, message, fix);
}

function isAll(
	{act, command, verb, operands}: Invocation,
	{verbs, variable}: Kind,
	env: Environment,
): boolean {
	const isProject = act === 'install' && verbs.includes(verb) && operands.length === 0;
	return isProject && env(command, variable) === undefined && !saysWhich(command);
}

function saysWhich(command: Command): boolean {
	return (
		hasOption(command, 'production', 'prod', 'P', 'no-dev', 'without', 'g', 'global', 'dev', 'd', 'D') ||
		optionValues(command, 'omit', 'only', 'include').length > 0
	);
}

/** `npm run build`, `yarn build`, and tools by their names. */
function isTool(command: Command): boolean {
	const {name} = command;
	const isManager = name === 'npm' || name === 'yarn' || name === 'pnpm' || name === 'bundle';
	return (
		TOOLS.has(name) ||
		(isManager && /^(?:run|run-script|test|t|exec|start|dlx|build)$/.test(subcommandOf(command) ?? ''))
	);
}

function isStartedForDevelopment({scripts, roleOf}: Subject): boolean {
	return scripts.some(
		({instruction: {keyword}, stage, text}) =>
			(keyword === 'CMD' || keyword === 'ENTRYPOINT') && roleOf(stage) === 'final' && SCRIPTS.test(text),
	);
}

/** npm learned the option in its version 7, which came with Node 15. */
function isOldNpm({manager, command}: Invocation, subject: Subject): boolean {
	const image = manager === 'npm' ? baseImageOf(subject, command.script.stage) : undefined;
	return image?.name === 'node' && image.major !== undefined && image.major < 15;
}
