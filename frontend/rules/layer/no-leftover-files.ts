import type {Dockerfile} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {operandsOf, optionValue, subcommandOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {appendToRun} from '../package/commands.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {isMounted} from '../package/mounts.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {takesIn} from '../secret/paths.ts';
import {copiesOf} from './copies.ts';

export const noLeftoverFiles: Rule = function* (subject) {
	const {scripts, roleOf} = subject;
	const named = lastNamed(subject.dockerfile);
	for (const script of scripts) {
		const {instruction, stage, isTrigger} = script;
		if (instruction.keyword === 'RUN' && !isTrigger && roleOf(stage) === 'final') {
			yield* leftIn(subject, script, named);
		}
	}

	yield* copied(subject);
};

function* leftIn(
	subject: Subject,
	script: Script,
	named: ReadonlyMap<string, number>,
): Generator<RuleFinding> {
	const {commands, instruction} = script;
	for (const command of commands) {
		const path = writtenBy(command);
		const isKept =
			path !== undefined &&
			!commands.some(other => takesAway(other, path)) &&
			!isMounted(instruction, '/tmp');
		if (!isKept) {
			continue;
		}

		const fix = (named.get(path) ?? 0) > instruction.line ? undefined : removalOf(script, path);
		const message = `${quoted(path)} stays in this layer, although /tmp is for what nobody needs afterwards: remove it in the same RUN, with rm -rf at its end.`;
		yield failAt(subject, command, message, fix);
	}
}

/** The file or folder below /tmp that a command makes, where it is plainly named. */
function writtenBy(command: Command): string | undefined {
	const {name} = command;
	const path =
		name === 'curl'
			? optionValue(command, 'o', 'output')
			: name === 'wget'
				? optionValue(command, 'O', 'output-document')
				: clonedTo(command);
	return path !== undefined && /^\/tmp\/[\w./+@-]+$/.test(path) && !path.includes('..')
		? path.replace(/\/+$/, '')
		: undefined;
}

function clonedTo(command: Command): string | undefined {
	const isClone = command.name === 'git' && subcommandOf(command) === 'clone';
	return isClone
		? operandsOf(command, {
				withValue: ['b', 'branch', 'depth', 'c', 'config', 'o', 'origin', 'reference', 'filter', 'j', 'jobs'],
			})[2]?.value
		: undefined;
}

/** Removes or moves it, or may: what it names is not known, or a folder above it. */
function takesAway({name, args}: Command, path: string): boolean {
	if (name !== 'rm' && name !== 'mv' && name !== 'find') {
		return false;
	}

	return args.some(({value, unquoted}) => {
		const word = (value ?? unquoted).replace(/\/+$/, '');
		return (
			word.includes('$') ||
			word === path ||
			(word.startsWith('/') && takesIn(word, path)) ||
			path.endsWith(`/${word}`)
		);
	});
}

/** By path below /tmp, and by every folder above it: the last line that speaks of it. */
function lastNamed({instructions}: Dockerfile): ReadonlyMap<string, number> {
	const last = new Map<string, number>();
	for (const {line, args, heredocs} of instructions) {
		const texts = [args, ...heredocs.map(({content}) => content)];
		for (const [path] of texts.flatMap(text => [...text.matchAll(/\/tmp\/[\w./+@-]+/g)])) {
			noteAll(last, path, line);
		}
	}

	return last;
}

/** Deeper than this, nobody nests; an enemy's path would cost the square of its length. */
const MAX_DEPTH = 32;

function noteAll(last: Map<string, number>, path: string, line: number): void {
	const parts = path.split('/').filter(Boolean).slice(0, MAX_DEPTH);
	for (let count = 2; count <= parts.length; count += 1) {
		last.set(`/${parts.slice(0, count).join('/')}`, line);
	}
}

function removalOf(script: Script, path: string): Fix | undefined {
	return fixOf(`rm -rf ${path}`, appendToRun(script, `rm -rf ${path}`));
}

function* copied(subject: Subject): Generator<RuleFinding> {
	for (const {instruction, stage, sources, from, step} of copiesOf(subject)) {
		const source = sources.find(each => /^(?:\.?\/)?\.git\/?$/.test(step.expand(each) ?? ''));
		if (source !== undefined && from === undefined && subject.roleOf(stage) === 'final') {
			const message = `This puts the repository's history into the image, with all that was ever deleted from it: leave ${quoted(source)} out, or hand over what is needed of it as a build argument.`;
			yield failAt(subject, instruction, message);
		}
	}
}
