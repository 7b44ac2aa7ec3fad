import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import {subcommandOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {textAt} from '../syntax/written.ts';
import {type Copy, copiesOf, isWhole} from './copies.ts';
import {swapOf} from './install-swap.ts';

export const manifestsFirst: Rule = function* (subject) {
	const {file, roleOf} = subject;
	const scripts = Map.groupBy(subject.scripts, ({stage}) => stage);
	const copies = Map.groupBy(copiesOf(subject), ({stage}) => stage);
	for (const stage of subject.dockerfile.stages) {
		const own = (copies.get(stage) ?? []).filter(({from}) => from === undefined);
		const whole = own.find(({sources}) => sources.some(isWhole));
		if (whole === undefined || roleOf(stage) === 'unused') {
			continue;
		}

		const install = installAfter(whole, scripts.get(stage) ?? []);
		// Whoever copied anything before had manifests in mind, as a rule.
		if (install === undefined || own.indexOf(whole) > 0) {
			continue;
		}

		const fix = fixFor(subject, stage, whole, install);
		yield {
			result: 'fail',
			message: `Every change to any source installs all dependencies anew, because the sources are copied before: copy ${install.manifests.join(' and ')} first, install, and copy the rest after that.`,
			place: {file, line: whole.instruction.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

interface Install {
	readonly script: Script;
	readonly command: Command;
	/** Names and patterns of what says which dependencies are needed. */
	readonly manifests: readonly string[];
}

const INSTALLS: ReadonlyMap<
	string,
	{readonly words: readonly string[]; readonly manifests: readonly string[]}
> = new Map([
	['npm', {words: ['ci', 'install', 'i', 'clean-install'], manifests: ['package.json', 'package-lock.json']}],
	['yarn', {words: ['install'], manifests: ['package.json', 'yarn.lock']}],
	['pnpm', {words: ['install', 'i'], manifests: ['package.json', 'pnpm-lock.yaml']}],
	['bundle', {words: ['install'], manifests: ['Gemfile', 'Gemfile.lock']}],
	['composer', {words: ['install'], manifests: ['composer.json', 'composer.lock']}],
	['go', {words: ['mod'], manifests: ['go.mod', 'go.sum']}],
	['poetry', {words: ['install'], manifests: ['pyproject.toml', 'poetry.lock']}],
]);

function installAfter({instruction}: Copy, scripts: readonly Script[]): Install | undefined {
	for (const script of scripts.filter(
		each => each.instruction.line > instruction.line && each.instruction.keyword === 'RUN',
	)) {
		for (const command of script.commands) {
			const manifests = manifestsOf(command);
			if (manifests !== undefined) {
				return {script, command, manifests};
			}
		}
	}

	return undefined;
}

function manifestsOf(command: Command): readonly string[] | undefined {
	const {name, args} = command;
	const values = args.map(({value}) => value ?? '');
	if (/^pip3?$/.test(name) && values.includes('install')) {
		return requirementsOf(values);
	}

	return isWholeInstall(command, values) ? INSTALLS.get(name)?.manifests : undefined;
}

function requirementsOf(values: readonly string[]): readonly string[] | undefined {
	const at = values.findIndex(value => value === '-r' || value === '--requirement');
	const list = at === -1 ? '' : (values[at + 1] ?? '');
	return list === '' || list.startsWith('/') ? undefined : [list];
}

/** Installs what the manifests name, and not one package by its name. */
function isWholeInstall(command: Command, values: readonly string[]): boolean {
	const {name} = command;
	const operands = values.filter(value => !value.startsWith('-'));
	if (name === 'yarn' && values.length === 0) {
		return true;
	}

	const isInstall = INSTALLS.get(name)?.words.includes(subcommandOf(command) ?? '') === true;
	const isAll = name === 'go' ? values[1] === 'download' : operands.length === 1;
	return isInstall && isAll && !values.includes('-g') && !values.includes('--global');
}

/** In a file two copies around the installation; in a build mounts, so that no line moves. */
function fixFor(subject: Subject, stage: Stage, copy: Copy, install: Install): Fix | undefined {
	const swap = swapOf(subject, copy, install.script, install.command);
	const fix = fixOf(subject, stage, copy, install);
	if (swap === undefined) {
		// Where the context is known, and more of it is needed, there is nothing to be done.
		return subject.manifests === undefined ? fix : undefined;
	}

	const {edits, isOnTrial, files} = swap;
	const title = fix?.title ?? `installed with ${files.join(' and ')} alone, before the sources are copied`;
	// A stage that is split afterwards can leave what is installed alone.
	const goesFirst = true;
	return {title, edits: fix?.edits ?? edits, kept: edits, goesFirst, ...(isOnTrial ? {isOnTrial} : {})};
}

/** Puts the install between two copies, where it comes right after the one and does nothing else. */
function fixOf(
	{dockerfile}: Subject,
	stage: Stage,
	{instruction, sources, destination}: Copy,
	{script, command, manifests}: Install,
): Fix | undefined {
	const run = script.instruction;
	const isNext = stage.instructions[stage.instructions.indexOf(instruction) + 1] === run;
	const isOnly = script.commands.length === 1 && command.place !== undefined && run.heredocs.length === 0;
	const span = {start: instruction.span.start, end: run.span.end};
	const between = textAt(dockerfile, {start: instruction.span.end, end: run.span.start});
	if (
		!isNext ||
		!isOnly ||
		!isPlain(instruction, sources) ||
		between.trim() !== '' ||
		run.openEscapes !== undefined
	) {
		return undefined;
	}

	const folder =
		/(?:^|\/)\.{0,2}$/.test(destination) && destination !== '.' ? destination : `${destination}/`;
	const flags = instruction.flags.map(flag => `${textAt(dockerfile, flag.span)} `).join('');
	// A pattern is not missed when a file is not there, and lock files are often not.
	const [first = '', ...locks] = manifests;
	const files = [first, ...locks.map(lock => `${lock}*`)].join(' ');
	const text = `COPY ${flags}${files} ${folder}\n${textAt(dockerfile, run.span)}\n${textAt(dockerfile, instruction.span)}`;
	return {title: `${first} copied and installed first`, edits: [{span, text}], goesFirst: true};
}

function isPlain({keyword, json, heredocs, openEscapes}: Instruction, sources: readonly string[]): boolean {
	return (
		keyword === 'COPY' &&
		json === undefined &&
		heredocs.length === 0 &&
		openEscapes === undefined &&
		sources.length === 1
	);
}
