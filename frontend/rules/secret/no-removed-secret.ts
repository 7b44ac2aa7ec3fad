import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command, Script, ShellWord} from '../../shell/script.ts';
import {firstRepairs, repairableBy} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {pathAt, standingsOf} from '../standing.ts';
import {resolvePath} from './paths.ts';
import {secretFileOf} from './secret-files.ts';

/** A file that one step made and a later one removes: it is still in the layer of the first. */
export const noRemovedSecret: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const {maker, command, word} of removedIn(subject)) {
		yield {
			result: 'fail',
			tier: 'T2',
			message: `${quoted(word.unquoted)} was made by the step on line ${maker.script.instruction.line} and stays in its layer, where removing it does not reach: remove it in the same RUN, or mount it with RUN --mount=type=secret.`,
			place: {file: subject.file, line: command.line},
			...repairableBy(repair(() => fixOf(subject, maker.script, command.script))),
		};
	}
};

interface Removed {
	readonly maker: Command;
	readonly command: Command;
	readonly word: ShellWord;
}

function removedIn(subject: Subject): readonly Removed[] {
	const made = madeIn(subject);
	const pathOf = made.size === 0 ? () => undefined : pathsIn(subject);
	return subject
		.commandsNamed('rm', 'shred', 'unlink')
		.filter(({script: {stage}}) => made.size > 0 && subject.roleOf(stage) === 'final')
		.flatMap(command =>
			operandsOf(command).flatMap(word => {
				const {instruction} = command.script;
				const maker = made.get(pathOf(instruction, word.value) ?? '');
				const isEarlier = maker !== undefined && maker.script.instruction.span.start < instruction.span.start;
				return isEarlier ? [{maker, command, word}] : [];
			}),
		);
}

/** Commands that write a file named like a credential's, by its path; the last one counts. */
function madeIn(subject: Subject): ReadonlyMap<string, Command> {
	const pathOf = pathsIn(subject);
	const commands = subject.scripts
		.filter(
			({stage, instruction, isTrigger}) =>
				subject.roleOf(stage) === 'final' && instruction.keyword === 'RUN' && !isTrigger,
		)
		.flatMap(script => script.commands);
	return new Map(
		commands.flatMap(command =>
			writtenBy(command).flatMap(text => {
				const path = pathOf(command.script.instruction, text);
				return path !== undefined && secretFileOf(path) !== undefined ? [[path, command] as const] : [];
			}),
		),
	);
}

function writtenBy(command: Command): readonly (string | undefined)[] {
	const files = command.redirects
		.filter(({operator}) => operator.startsWith('>'))
		.map(({target}) => target?.value);
	switch (command.name) {
		case 'tee':
			return [...files, ...operandsOf(command).map(({value}) => value)];
		case 'cp':
		case 'mv':
			return [operandsOf(command).at(-1)?.value];
		default:
			return files;
	}
}

/** Relative paths begin where the instruction stands, `~` is root's. */
function pathsIn(
	subject: Subject,
): (instruction: Instruction, text: string | undefined) => string | undefined {
	const standings = standingsOf(subject);
	return (instruction, text) => {
		const standing = standings.get(instruction);
		if (text === undefined || standing === undefined) {
			return undefined;
		}

		return text.startsWith('~/') ? resolvePath('/root', text.slice(2)) : pathAt(standing, text);
	};
}

/** What a step leaves behind for the next one in the same shell would change it. */
const LEAVES =
	/^(?:cd|pushd|popd|export|set|unset|exec|exit|source|\.|alias|umask|trap|readonly|declare|local|shopt|)$/;

/** Two steps one after the other become one, when the first leaves nothing behind but files. */
function fixOf({dockerfile}: Subject, first: Script, second: Script): Fix | undefined {
	const {instructions} = first.stage;
	const isNext = instructions[instructions.indexOf(first.instruction) + 1] === second.instruction;
	const isPlain = [first, second].every(
		({instruction, tree, dialect}) =>
			tree !== undefined &&
			(dialect === 'sh' || dialect === 'bash') &&
			instruction.flags.length === 0 &&
			instruction.heredocs.length === 0 &&
			(instruction.openEscapes ?? []).length === 0,
	);
	const leaves = first.commands.some(({name, joint}) => LEAVES.test(name) || joint === '&' || joint === '|');
	const start = first.instruction.span.end;
	const end = second.spanOf(0, 1)?.start;
	if (
		!isNext ||
		!isPlain ||
		leaves ||
		end === undefined ||
		/[&#(){}]\s*$|&(?!&)/.test(first.text.replaceAll('&&', ''))
	) {
		return undefined;
	}

	const between = new TextDecoder().decode(dockerfile.bytes.subarray(start, second.instruction.span.start));
	const isSeparate = between.trim() === '';
	const ending = between.includes('\r') ? '\r\n' : '\n';
	return isSeparate
		? {
				title: 'made and removed in one step',
				edits: [{span: {start, end}, text: ` && ${dockerfile.escape}${ending}    `}],
			}
		: undefined;
}
