import type {Stage} from '../../dockerfile/ast.ts';
import {operandsOf, subcommandOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import type {Rule} from '../rule.ts';

export const splitBuild: Rule = function* (subject) {
	const {file, chain, scripts} = subject;
	const own = new Set<Stage>(chain.stages);
	const builds = scripts
		.filter(
			({instruction, isTrigger, stage}) => instruction.keyword === 'RUN' && !isTrigger && own.has(stage),
		)
		.flatMap(script => buildsIn(script));
	const [build] = builds;
	if (build === undefined) {
		return;
	}

	const tools = builds
		.map(({name}) => TOOLCHAINS.get(name))
		.find(each => each?.test(chain.base ?? '') === true);
	const kept = scripts
		.filter(({stage, isTrigger}) => own.has(stage) && !isTrigger)
		.map(keptTools)
		.find(each => each !== undefined);
	const what = tools === undefined ? kept : 'the toolchain of its base image';
	if (what !== undefined) {
		const message = `The image is built where it runs, so it ships ${what}, with all their flaws and for attackers to use: build in a stage of its own (FROM … AS build) and COPY --from=build what is needed into the last one.`;
		yield {result: 'fail', message, place: {file, line: build.line}};
	}
};

/** What compiles, and the base images that have it for that. */
const TOOLCHAINS: ReadonlyMap<string, RegExp> = new Map([
	['go', /(?:^|\/)golang(?:[:@]|$)/],
	['cargo', /(?:^|\/)rust(?:[:@]|$)/],
	['mvn', /(?:^|\/)maven(?:[:@]|$)/],
	['gradle', /(?:^|\/)gradle(?:[:@]|$)/],
	['gcc', /(?:^|\/)gcc(?:[:@]|$)/],
	['make', /(?:^|\/)(?:gcc|golang|rust)(?:[:@]|$)/],
	['dotnet', /dotnet\/sdk(?:[:@]|$)/],
]);

const VERBS: ReadonlyMap<string, readonly string[]> = new Map([
	['go', ['build', 'install']],
	['cargo', ['build', 'install']],
	['mvn', ['package', 'install', 'verify', 'clean']],
	['gradle', ['build', 'assemble', 'bootJar', 'clean']],
	['dotnet', ['publish', 'build']],
]);

function buildsIn({commands}: Script): readonly Command[] {
	return commands.filter(command => {
		const verbs = VERBS.get(command.name);
		return verbs === undefined
			? /^(?:make|gcc|g\+\+|cc)$/.test(command.name)
			: verbs.includes(subcommandOf(command) ?? '');
	});
}

// Not make alone: it runs scripts, too.
const COMPILERS: ReadonlySet<string> = new Set([
	...[
		'build-essential',
		'gcc',
		'g++',
		'clang',
		'build-base',
		'golang',
		'golang-go',
		'go',
		'rust',
		'cargo',
		'rustc',
	],
	...['maven', 'gradle', 'gcc-c++', 'dotnet-sdk'],
]);
const INSTALLERS: ReadonlySet<string> = new Set(['apt-get', 'apt', 'apk', 'dnf', 'yum', 'microdnf']);
const REMOVALS: ReadonlySet<string> = new Set(['purge', 'remove', 'autoremove', 'del', 'erase']);

/** Compilers that a step installs and does not remove again. */
function keptTools({commands}: Script): string | undefined {
	const installers = commands.filter(({name}) => INSTALLERS.has(name));
	const isRemoved = installers.some(command => REMOVALS.has(subcommandOf(command) ?? ''));
	const found = installers
		.filter(command => ['install', 'add'].includes(subcommandOf(command) ?? ''))
		.flatMap(command => operandsOf(command))
		.flatMap(({value}) => (value !== undefined && COMPILERS.has(value) ? [value] : []));
	return isRemoved || found.length === 0 ? undefined : [...new Set(found)].slice(0, 3).join(', ');
}
