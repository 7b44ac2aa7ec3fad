import type {Stage} from '../../dockerfile/ast.ts';
import {subcommandOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {withFlag} from '../instruction-edits.ts';
import type {Rule, Subject} from '../rule.ts';
import {standingsOf} from '../standing.ts';

export const cacheMounts: Rule = function* (subject) {
	const {file} = subject;
	const standings = standingsOf(subject);
	for (const script of subject.scripts.filter(each => mayMount(subject, each))) {
		const {instruction, stage, commands} = script;
		const cache = commands.some(cleansUp)
			? undefined
			: commands.map(cacheOf).find(each => each !== undefined);
		if (cache === undefined) {
			continue;
		}

		const isRoots = isRoot(subject, stage, standings.get(instruction)?.user);
		// In the image's own stages the rules for caches clean up after the step, and then there is none to keep.
		const isOurs = subject.roleOf(stage) === 'build';
		const isSafe = isOurs && cache.isCertain && isRoots && !hasCacheVariable(subject, stage);
		const flag = `--mount=type=cache,target=${cache.path}`;
		yield {
			result: 'fail',
			message: `${cache.name} loads everything anew whenever this step changes: write RUN ${flag}, which keeps its cache between builds and out of the image.`,
			place: {file, line: instruction.line},
			...(isSafe ? {fix: {title: flag, edits: [withFlag(instruction, flag)]}} : {}),
		};
	}
};

function mayMount({roleOf}: Subject, {instruction, isTrigger, stage}: Script): boolean {
	return instruction.keyword === 'RUN' && !isTrigger && roleOf(stage) !== 'unused' && !hasMount(instruction);
}

/** A cache that belongs to root cannot be written to by anybody else. */
function isRoot(subject: Subject, stage: Stage, user: string | undefined): boolean {
	return user === 'root' || user === '0' || (user === undefined && isRootsImage(subject, stage));
}

interface Cache {
	readonly name: string;
	readonly path: string;
	/** What is in it is never needed again after the step. */
	readonly isCertain: boolean;
}

function cacheOf(command: Command): Cache | undefined {
	const {name, args, isConditional} = command;
	const verb = subcommandOf(command);
	const values = args.map(({value}) => value ?? '');
	const cache = CACHES.get(name.replace(/^pip3$/, 'pip'));
	if (cache === undefined || isConditional || values.some(value => /^--(?:no-cache|cache)/.test(value))) {
		return undefined;
	}

	const isMeant =
		cache.verbs.includes(verb ?? '') && !(name === 'go' && verb === 'mod' && values[1] !== 'download');
	const path = name === 'go' && verb === 'mod' ? '/go/pkg/mod' : cache.path;
	return isMeant ? {name: `${name} ${verb}`, path, isCertain: cache.isCertain} : undefined;
}

const CACHES: ReadonlyMap<
	string,
	{readonly verbs: readonly string[]; readonly path: string; readonly isCertain: boolean}
> = new Map([
	['npm', {verbs: ['ci', 'install', 'i', 'clean-install'], path: '/root/.npm', isCertain: true}],
	['pip', {verbs: ['install', 'wheel', 'download'], path: '/root/.cache/pip', isCertain: true}],
	['go', {verbs: ['build', 'install', 'test', 'mod'], path: '/root/.cache/go-build', isCertain: false}],
	['cargo', {verbs: ['build', 'install', 'fetch'], path: '/usr/local/cargo/registry', isCertain: false}],
	[
		'mvn',
		{
			verbs: ['package', 'install', 'verify', 'dependency:go-offline', 'dependency:resolve', 'clean'],
			path: '/root/.m2',
			isCertain: false,
		},
	],
	['composer', {verbs: ['install', 'update', 'require'], path: '/root/.composer/cache', isCertain: false}],
	['bundle', {verbs: ['install'], path: '/usr/local/bundle/cache', isCertain: false}],
]);

function hasMount({
	flags,
}: {
	readonly flags: readonly {readonly name: string; readonly value?: string}[];
}): boolean {
	return flags.some(({name, value = ''}) => name === 'mount' && /(?:^|,)type=cache(?:,|$)/.test(value));
}

/** A step that removes its cache looks into it. */
function cleansUp(command: Command): boolean {
	const {name, args} = command;
	const values = args.map(({unquoted}) => unquoted);
	const isCleaner =
		['npm', 'pip', 'pip3', 'go', 'composer', 'yarn'].includes(name) &&
		values.some(value => value === 'cache' || value === '-cache');
	return isCleaner || (name === 'rm' && values.some(value => /\.npm|\.cache|\.m2|\/root\b|~/.test(value)));
}

/** Official images of these languages are root's until the file says otherwise. */
function isRootsImage({references, steps}: Subject, stage: Stage): boolean {
	const [from] = references.get(stage) ?? [];
	const isOfficial =
		/^(?:docker\.io\/)?(?:library\/)?(?:node|python|golang|debian|ubuntu|alpine)(?:[:@]|$)/.test(
			from?.ref ?? '',
		);
	return (
		from?.stage === undefined &&
		isOfficial &&
		!steps.some(step => step.stage === stage && step.instruction.keyword === 'USER')
	);
}

const VARIABLES = [
	'npm_config_cache',
	'NPM_CONFIG_CACHE',
	'PIP_CACHE_DIR',
	'PIP_NO_CACHE_DIR',
	'XDG_CACHE_HOME',
	'HOME',
];

function hasCacheVariable({steps}: Subject, stage: Stage): boolean {
	const last = steps.findLast(step => step.stage === stage);
	return VARIABLES.some(name => last?.get(name) !== undefined);
}
