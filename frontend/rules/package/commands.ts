import type {Edit} from '../../dockerfile/edit.ts';
import {insertBefore} from '../../shell/edits.ts';
import type {Command, Script} from '../../shell/script.ts';

/**
 * Adds ` && what` at the end of a RUN. Only where the last of it is a list of plain commands: under `set -e` a group or a
 * function would no longer stop at its first failure when something hangs on it by `&&`.
 */
export function appendToRun(script: Script, what: string): Edit | undefined {
	const last = script.tree?.commands.at(-1);
	if (
		last === undefined ||
		last.background === true ||
		!isOwnText(script) ||
		ENDS.has(script.commands.at(-1)?.name ?? '') ||
		script.text.includes('()') ||
		script.text.includes('function ') ||
		!isPlain(last.command)
	) {
		return undefined;
	}
	const span = script.spanOf(last.command.end - 1, last.command.end);
	return span === undefined ? undefined : {span: {start: span.end, end: span.end}, text: ` && ${what}`};
}

/** After these nothing is done. */
const ENDS: ReadonlySet<string> = new Set(['exit', 'exec', 'return']);

/** Not where a here-document goes to a command: its end is not the command's. A body that is the script itself is fine. */
function isOwnText({instruction: {heredocs}, text}: Script): boolean {
	return (
		heredocs.length === 0 || (heredocs.length === 1 && heredocs[0]?.content === text && !text.includes('<<'))
	);
}

interface Node {
	readonly type: string;
	readonly commands?: unknown;
}

function isPlain(node: Node): boolean {
	return (
		node.type === 'Command' ||
		((node.type === 'AndOr' || node.type === 'Pipeline') &&
			Array.isArray(node.commands) &&
			node.commands.every(isPlain))
	);
}

/** Puts `what && ` in front of a command, where it runs for sure, once, and starts what it is joined to. */
export function prependTo(command: Command, what: string): Edit | undefined {
	const {place, isConditional, joint, startedBy, script} = command;
	const isSafe =
		place !== undefined && !isConditional && startedBy === undefined && isOutermost(script, place.start);
	return isSafe && joint !== '|' && place.nextJoint !== '&'
		? insertBefore(command, `${what} && `)
		: undefined;
}

/** Not in a loop, a group or a function. */
function isOutermost({tree}: Script, at: number): boolean {
	const statement = tree?.commands.find(({pos, end}) => pos <= at && at < end);
	const node = statement?.command;
	const part = node?.type === 'AndOr' ? node.commands.find(({pos, end}) => pos <= at && at < end) : node;
	return part !== undefined && isPlain(part);
}
