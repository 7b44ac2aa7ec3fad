import type {Command} from '../../shell/script.ts';
import type {Manifest} from './node-manifest.ts';

/** What an application is started with, as far as words tell. */
export interface NodeStart {
	/** True where the start surely does without development dependencies. */
	readonly isProduction: boolean;
	/** Names of programs that it starts, those of scripts included. */
	readonly programs: ReadonlySet<string>;
}

/** Which package a program is of, where it is not of its own name. */
const PACKAGES: ReadonlyMap<string, string> = new Map([
	['nest', '@nestjs/cli'],
	['ng', '@angular/cli'],
	['remix-serve', '@remix-run/serve'],
	['react-router-serve', '@react-router/serve'],
	['strapi', '@strapi/strapi'],
	['medusa', '@medusajs/cli'],
	['pm2-runtime', 'pm2'],
	['babel-node', '@babel/node'],
	['tsc', 'typescript'],
	['keystone', '@keystone-6/core'],
	['fastify', 'fastify-cli'],
	['sls', 'serverless'],
]);

const RUNNERS: ReadonlySet<string> = new Set(['npm', 'yarn', 'pnpm']);
const AROUND: ReadonlySet<string> = new Set([
	'dumb-init',
	'tini',
	'exec',
	'env',
	'cross-env',
	'docker-entrypoint.sh',
]);
const MAX_DEPTH = 4;

/** @param isTool programs that are installed beside the application, and will be again */
export function nodeStartOf(
	commands: readonly Command[],
	manifest: Manifest | undefined,
	isTool: (name: string) => boolean,
): NodeStart {
	const programs = new Set<string>();
	const isProduction =
		manifest !== undefined &&
		commands.length > 0 &&
		commands.every(({name, args}) =>
			doesWithout([name, ...args.map(({unquoted}) => unquoted)], {manifest, isTool, programs, depth: 0}),
		);
	return {isProduction, programs};
}

interface Asked {
	readonly manifest: Manifest;
	readonly isTool: (name: string) => boolean;
	readonly programs: Set<string>;
	readonly depth: number;
}

function doesWithout(words: readonly string[], asked: Asked): boolean {
	const {manifest, isTool, programs, depth} = asked;
	const [name = '', ...rest] = withoutWrapping(words);
	if (name === '') {
		return true;
	}

	programs.add(name);
	if (rest.some(word => isOf(word, manifest.devDependencies)) || depth > MAX_DEPTH) {
		return false;
	}

	if (name === 'npx') {
		return isDependency(rest.find(word => !word.startsWith('-')) ?? '', manifest);
	}

	if (RUNNERS.has(name)) {
		return scriptsBy(name, rest).every(script => scriptDoesWithout(script, {...asked, depth: depth + 1}));
	}

	return (
		name === 'node' ||
		name === 'curl' ||
		name === 'wget' ||
		name === 'exit' ||
		isTool(name) ||
		isDependency(name, manifest)
	);
}

/** `npm start`, `yarn serve`, `pnpm run start:prod`, and what runs before and after. */
function scriptsBy(runner: string, words: readonly string[]): readonly string[] {
	const [verb = 'start', next] = words.filter(word => !word.startsWith('-'));
	const name = verb === 'run' || verb === 'run-script' ? (next ?? '') : verb;
	const isOther = runner === 'npm' && verb !== 'run' && verb !== 'run-script' && verb !== 'start';
	return isOther ? [''] : [`pre${name}`, name, `post${name}`];
}

function scriptDoesWithout(name: string, asked: Asked): boolean {
	const text = asked.manifest.scripts.get(name);
	if (text === undefined) {
		return /^(?:pre|post)./.test(name) || name === 'start';
	}

	// What a shell would do more than start programs one after the other is not followed.
	const isPlain = !/[`$(){}<>;|"']/.test(text);
	return isPlain && text.split('&&').every(part => doesWithout(part.trim().split(/\s+/), asked));
}

function withoutWrapping(words: readonly string[]): readonly string[] {
	const at = words.findIndex(
		(word, index) => !AROUND.has(word) && !/^\w+=/.test(word) && !(index > 0 && word.startsWith('-')),
	);
	return at === -1 ? [] : words.slice(at);
}

function isDependency(program: string, {dependencies}: Manifest): boolean {
	return dependencies.has(PACKAGES.get(program) ?? program);
}

/** `ts-node/register`, `--import=tsx`. */
function isOf(word: string, packages: ReadonlySet<string>): boolean {
	const name = word.replace(/^--?[\w-]+=/, '');
	const [scope = '', rest = ''] = name.split('/');
	return packages.has(scope) || packages.has(`${scope}/${rest}`);
}
