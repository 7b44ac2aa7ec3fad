import type {Stage} from '../../dockerfile/ast.ts';
import {operandsOf, subcommandOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {isForDevelopment} from '../package/stages.ts';
import type {Rule, Subject} from '../rule.ts';
import {splitOf} from '../split/index.ts';
import type {Doubt} from '../split/split.ts';

export const splitBuild: Rule = function* (subject) {
	const {file, chain} = subject;
	const own = new Set<Stage>(chain.stages);
	const kept = compiledIn(subject, own);
	const split = isForDevelopment(subject) ? undefined : splitOf(subject);
	if (split !== undefined) {
		const {leaves, fix, proposal, doubts} = split;
		const message = `The image is built where it runs, so it ships ${leaves}, with all their flaws and for attackers to use: build in a stage of its own and copy what is needed into the last one.${doubtsIn(doubts)}`;
		const place = {file, line: kept?.line ?? split.line};
		yield {result: 'fail', message, place, proposal, ...(fix === undefined ? {} : {fix})};
	} else if (kept !== undefined) {
		const message = `The image is built where it runs, so it ships ${kept.what}, with all their flaws and for attackers to use: build in a stage of its own (FROM … AS build) and COPY --from=build what is needed into the last one.`;
		yield {result: 'fail', message, place: {file, line: kept.line}};
	}
};

/** Up to three reasons why it is only shown. */
function doubtsIn(doubts: readonly Doubt[]): string {
	if (doubts.length === 0) {
		return '';
	}

	const told = doubts.slice(0, 3).map(({why, line}) => (line === undefined ? why : `line ${line}: ${why}`));
	const more = doubts.length > told.length ? `; and ${doubts.length - told.length} more` : '';
	return ` It is shown and not done, because only its author can say whether that would be all (${told.join('; ')}${more}).`;
}

/** The first command that compiles beside a toolchain that stays. */
function compiledIn(
	{chain, scripts}: Subject,
	own: ReadonlySet<Stage>,
): {readonly what: string; readonly line: number} | undefined {
	const builds = scripts
		.filter(
			({instruction, isTrigger, stage}) => instruction.keyword === 'RUN' && !isTrigger && own.has(stage),
		)
		.flatMap(script => buildsIn(script));
	const [build] = builds;
	if (build === undefined) {
		return undefined;
	}

	const tools = builds
		.map(({name}) => TOOLCHAINS.get(name))
		.find(each => each?.test(chain.base ?? '') === true);
	const kept = scripts
		.filter(({stage, isTrigger}) => own.has(stage) && !isTrigger)
		.map(keptTools)
		.find(each => each !== undefined);
	const what = tools === undefined ? kept : 'the toolchain of its base image';
	return what === undefined ? undefined : {what, line: build.line};
}

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
