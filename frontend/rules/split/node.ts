import {hasOption, operandsOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {copyOf} from '../layer/copies.ts';
import {type Invocation, invocationsIn} from '../package/invocations.ts';
import {accounted} from './accounting.ts';
import {type Effect, type Place, type Placed, type Reader, writes} from './effect.ts';
import {effectsOf} from './effects.ts';
import {type Manifest, manifestIn} from './node-manifest.ts';
import {pruning} from './node-prune.ts';
import {type NodeStart, nodeStartOf} from './node-start.ts';
import {startedBy} from './programs.ts';
import {slimBaseOf} from './slim.ts';
import type {Candidate, Doubt, Language, SplitPlan} from './split.ts';
import {systemOf} from './system.ts';

/** Node: the application's folder goes over to the slim image of the same version, without what only development needs. */
export const node: Language = {name: 'Node', plan};

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image, workdir, runs, manifests} = candidate;
	const slim = slimBaseOf(candidate, 'last');
	if (image.name !== 'node' || image.registry !== '' || slim === undefined || runs.length === 0) {
		return undefined;
	}

	const effects = effectsOf(candidate, nodeEffects);
	const tools = effects.flatMap(({effect}) => (effect.kind === 'tools' ? effect.names : []));
	const manifest = manifestIn(manifests, sourceFolder(candidate));
	const start = nodeStartOf(startedBy(candidate), manifest, name =>
		tools.some(tool => packageOf(tool) === name),
	);
	const {carried, hasAccounts, doubts} = accounted(effects, {
		carried: workdir === undefined ? [] : [workdir],
	});
	const prune = pruning(candidate, {manifest, start, workdir});
	const system = systemOf(candidate, {effects, slim, folders: carried, isTool: isBuildTool});
	const leaves = [system.leaves, prune === undefined ? undefined : 'development dependencies'].filter(
		part => part !== undefined,
	);
	if (leaves.length === 0) {
		return undefined;
	}

	return {
		leaves: leaves.join(' and '),
		base: slim.base,
		prepare: [...(prune ?? []), ...system.prepare],
		install: [...system.install, ...toolLines(effects, start)],
		carried,
		hasAccounts,
		keepsOwners: true,
		doubts: [...doubts, ...system.doubts, ...nodeDoubts(candidate, manifest, start)],
	};
}

/** The folder of the context where the application's package.json comes from. */
function sourceFolder({steps}: Candidate): string {
	const sources = steps.flatMap(step => {
		const copy = copyOf(step);
		return copy === undefined || copy.from !== undefined ? [] : copy.sources;
	});
	const [first = ''] = sources;
	const named = sources.find(source => /(?:^|\/)package(?:\*?\.json|\*)/.test(source)) ?? first;
	const folder = /package[^/]*$/.test(named) ? named.slice(0, named.lastIndexOf('/') + 1) : named;
	return folder.replace(/^(?:\.?\/)+|\/+$|^\.$/g, '');
}

/** What node-gyp asks for, and nothing that an application of Node starts. */
function isBuildTool(name: string): boolean {
	return /^python(?:2|3)?(?:\.\d{1,2})?(?:-minimal|-is-python3)?$/.test(name) || name === 'py3-setuptools';
}

const RUNNERS: ReadonlySet<string> = new Set([
	...[
		'npx',
		'node',
		'tsc',
		'ng',
		'nest',
		'vite',
		'next',
		'nuxt',
		'webpack',
		'gulp',
		'grunt',
		'rollup',
		'esbuild',
	],
	...[
		'turbo',
		'nx',
		'lerna',
		'bower',
		'prisma',
		'sass',
		'postcss',
		'babel',
		'swc',
		'remix',
		'astro',
		'gatsby',
	],
]);
/** What these fetch lies outside of the application's folder. */
const FETCHES = /\b(?:playwright|puppeteer|cypress|electron)\b/;

const MANAGERS: ReadonlySet<string> = new Set(['npm', 'yarn', 'pnpm']);

const nodeEffects: Reader = (command, place) => {
	const {name, script} = command;
	if (MANAGERS.has(name)) {
		return managerEffects(command, place);
	}

	if (name === 'corepack') {
		return [];
	}

	return RUNNERS.has(name) && !FETCHES.test(script.text) ? [writes(place.folder, name)] : undefined;
};

function managerEffects(command: Command, {folder, user}: Place): readonly Effect[] | undefined {
	if (HARMLESS.has(operandsOf(command)[0]?.value ?? '')) {
		return [];
	}

	const [invocation] = invocationsIn([command]);
	const isGlobal = hasOption(command, 'g', 'global') || invocation?.verb.startsWith('global') === true;
	if (isGlobal) {
		return invocation?.act === 'install' ? globalEffects(invocation, user) : undefined;
	}

	return FETCHES.test(command.script.text) ? undefined : [writes(folder, command.name)];
}

const HARMLESS: ReadonlySet<string> = new Set([
	'cache',
	'config',
	'set',
	'-v',
	'--version',
	'audit',
	'view',
	'fund',
]);

function globalEffects({command, operands}: Invocation, user: string | undefined): readonly Effect[] {
	const isRoot = user === undefined || user === 'root' || user === '0';
	const names = operands.map(({value}) => value ?? '');
	const isNamed =
		names.length > 0 && names.every(name => /^@?[\w./@^~-]{1,100}$/.test(name) && !/^[./]/.test(name));
	return isRoot && isNamed && command.name === 'npm'
		? [{kind: 'tools', names}]
		: [{kind: 'unknown', what: `${command.name} --global`}];
}

/** Tools that only build, by what they are called. */
const BUILDERS: ReadonlySet<string> = new Set([
	...[
		'npm',
		'yarn',
		'pnpm',
		'typescript',
		'@angular/cli',
		'@nestjs/cli',
		'gulp',
		'gulp-cli',
		'grunt',
		'grunt-cli',
	],
	...[
		'webpack',
		'webpack-cli',
		'node-gyp',
		'turbo',
		'nx',
		'lerna',
		'vite',
		'rimraf',
		'bower',
		'@vue/cli',
		'rollup',
	],
]);
const STARTS: ReadonlyMap<string, string> = new Map([
	['pm2-runtime', 'pm2'],
	['tsc', 'typescript'],
	['ng', '@angular/cli'],
	['nest', '@nestjs/cli'],
]);

function packageOf(tool: string): string {
	return tool.replace(/(?<=.)@[^@/]*$/, '');
}

/** Tools are installed again unless they only build and nothing starts them. */
function toolLines(effects: readonly Placed[], {programs}: NodeStart): readonly string[] {
	const started = new Set([...programs].map(name => STARTS.get(name) ?? name));
	const names = effects
		.flatMap(({effect}) => (effect.kind === 'tools' ? effect.names : []))
		.filter(tool => !BUILDERS.has(packageOf(tool)) || started.has(packageOf(tool)));
	return names.length === 0
		? []
		: [`RUN npm install -g ${[...new Set(names)].join(' ')} && npm cache clean --force`];
}

/** Packages that call programs, or load libraries, which a slim image does not have. */
const RELUCTANT: ReadonlySet<string> = new Set([
	...[
		'puppeteer',
		'playwright',
		'playwright-core',
		'cypress',
		'electron',
		'simple-git',
		'nodegit',
		'gm',
		'imagemagick',
	],
	...[
		'@prisma/client',
		'prisma',
		'node-gyp',
		'node-pty',
		'fluent-ffmpeg',
		'python-shell',
		'wkhtmltopdf',
		'pdf-poppler',
	],
]);

function nodeDoubts(
	candidate: Candidate,
	manifest: Manifest | undefined,
	{programs}: NodeStart,
): readonly Doubt[] {
	const isBerry = candidate.manifests.has('.yarnrc.yml') || manifest?.isBerry === true;
	const isLeft = programs.has('pnpm') || (programs.has('yarn') && isBerry);
	const whys: readonly (readonly [boolean, string])[] = [
		[candidate.workdir === undefined, 'no WORKDIR tells where the application is'],
		[isBerry, 'this version of yarn keeps packages outside of the application'],
		[isLeft, 'the package manager that starts it would be missing'],
	];
	const own = whys.filter(([holds]) => holds).map(([, why]) => ({why, line: undefined}));
	return [...own, ...packageDoubts(candidate, manifest)];
}

function packageDoubts({subject}: Candidate, manifest: Manifest | undefined): readonly Doubt[] {
	if (subject.manifests === undefined || manifest === undefined) {
		return [{why: 'its package.json was not read', line: undefined}];
	}

	const found = [...manifest.dependencies].find(name => RELUCTANT.has(name));
	return found === undefined
		? []
		: [{why: `${found} uses programs or libraries that nothing here names`, line: undefined}];
}
