import type {Script} from '../../shell/script.ts';

interface Node {
	readonly type: string;
	readonly pos: number;
	readonly end: number;
	readonly commands?: unknown;
	readonly operators?: unknown;
	readonly prefixes?: unknown;
}

/** The parts of a RUN that is nothing but one chain of `&&`, each a command, a pipe or a compound; absent for all others. */
export function chainOf({tree, text, dialect}: Script): readonly Node[] | undefined {
	// To sh this is an end in the background, and no redirection.
	if (dialect === 'sh' && text.includes('&>')) {
		return undefined;
	}
	const [statement, ...more] = tree?.commands ?? [];
	if (statement === undefined || more.length > 0 || statement.background === true) {
		return undefined;
	}
	const {command} = statement;
	if (command.type !== 'AndOr') {
		return [command];
	}
	return command.operators.every(operator => operator === '&&') ? command.commands : undefined;
}

/** A command, or a pipe of commands without `!` in front: nothing that `set -e` looks into. */
export function isSimple(node: Node): boolean {
	const {type, commands, prefixes} = node;
	const isPlainPipe =
		type === 'Pipeline' &&
		Array.isArray(prefixes) &&
		prefixes.length === 0 &&
		Array.isArray(commands) &&
		commands.every(part => isCommand(part));
	return type === 'Command' || isPlainPipe;
}

function isCommand(part: unknown): boolean {
	return typeof part === 'object' && part !== null && 'type' in part && part.type === 'Command';
}
