import type {Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Script} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {type IndexRun, indexRuns} from '../package/index-updates.ts';
import type {ManagerName} from '../package/managers.ts';
import {mountsOf} from '../package/mounts.ts';
import type {Fix, Rule, Subject} from '../rule.ts';

const MANAGERS: readonly ManagerName[] = ['apt', 'apk', 'yum', 'dnf', 'zypper'];

export const updateWithInstall: Rule = function* (subject) {
	for (const manager of MANAGERS) {
		for (const runs of indexRuns(subject, manager).values()) {
			for (const [at, run] of runs.entries()) {
				if (run.alone !== undefined && mountsOf(run.script.instruction).length === 0) {
					const {command, verb} = run.alone;
					const message = `${command.name} ${verb} makes a layer of its own, which the cache keeps when the packages below it change, so they come from an old index: write it in front of the install, in one RUN with &&.`;
					yield failAt(subject, command, message, merged(run, runs[at + 1], subject));
				}
			}
		}
	}
};

/** The RUN right behind it, when that is the one that installs, becomes a part of this one. */
function merged({script}: IndexRun, next: IndexRun | undefined, {dockerfile}: Subject): Fix | undefined {
	const {instructions} = script.stage;
	const isNext =
		next?.early !== undefined &&
		instructions[instructions.indexOf(script.instruction) + 1] === next.script.instruction;
	if (
		!isNext ||
		!isAndList(script) ||
		!isAndList(next.script) ||
		script.shell.join(' ') !== next.script.shell.join(' ')
	) {
		return undefined;
	}
	return fixOf('one RUN', joinedBy(script.instruction, next.script, dockerfile));
}

function joinedBy(
	{span}: Instruction,
	next: Script,
	{bytes, escape: escapeBy}: Pick<Subject['dockerfile'], 'bytes' | 'escape'>,
): Edit | undefined {
	const start = next.spanOf(0, 1)?.start;
	const between = new TextDecoder().decode(bytes.subarray(span.end, next.instruction.span.start)).split('\n');
	// No line moves. An empty one would not do within an instruction, and an empty comment will.
	const lines = between.slice(1, -1).map(line => `${line.trim() === '' ? '#' : line}\n`);
	const text = ` && ${escapeBy}\n${lines.join('')}    `;
	// What a comment says to a linter it says of the RUN below it.
	return start === undefined || lines.some(line => /ignore|check=/.test(line))
		? undefined
		: {span: {start: span.end, end: start}, text};
}

/** Nothing but `&&` joins it: then another list may be joined to it by one more. */
function isAndList({tree, instruction, text}: Script): boolean {
	const [statement, ...others] = tree?.commands ?? [];
	const {flags, heredocs, json} = instruction;
	if (statement === undefined || others.length > 0 || statement.background === true) {
		return false;
	}
	const {command} = statement;
	const isList =
		command.type === 'Command' ||
		(command.type === 'AndOr' && command.operators.every(each => each === '&&'));
	return isList && flags.length === 0 && heredocs.length === 0 && json === undefined && text.trim() === text;
}
