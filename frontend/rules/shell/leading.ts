import type {Command, Script} from '../../shell/script.ts';

/** The first command of a RUN, where it runs in the RUN's own shell: not the first in a subshell, a loop or a pipe. */
export function leadingCommand({tree, commands}: Script): Command | undefined {
	const [statement] = tree?.commands ?? [];
	const [first] = commands;
	const node = statement?.command;
	const start = node?.type === 'AndOr' ? node.commands[0] : node;
	return start?.type === 'Command' && first?.place?.start === start.pos ? first : undefined;
}

/** The same of its last. */
export function trailingCommand({tree, commands, text}: Script): Command | undefined {
	const statement = tree?.commands.at(-1);
	const node = statement?.command;
	const end = node?.type === 'AndOr' ? node.commands.at(-1) : node;
	return end?.type === 'Command' && statement?.background !== true && text.length > 0
		? commands.findLast(({place}) => place?.start === end.pos)
		: undefined;
}
