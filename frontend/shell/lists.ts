import type {CommandNode, PipelineNode, Statement} from 'unbash';
import type {Joint, Place} from './script.ts';
import {plainOf} from './word.ts';

/** One command of a list: pipelines and chains of `&&` and `||` are flat. */
export interface Member {
	readonly node: CommandNode;
	readonly joint: Joint;
	/** It may not run, or its failure may be meant. */
	readonly isConditional: boolean;
	/** Its failure decides what is done next. */
	readonly isTested: boolean;
	readonly place: Place | undefined;
}

interface Draft extends Omit<Member, 'place'> {
	/** Of `!` or `time` in front of it, or its own. */
	readonly start: number;
	readonly hasPrefix: boolean;
	/** What follows it, when that is not another command. */
	readonly next: Joint | undefined;
}

export function membersOf(statements: readonly Statement[], text: string): readonly Member[] {
	const drafts = statements.flatMap((statement, index) =>
		draftsOf(statement, jointBetween(text, statements[index - 1], statement)),
	);
	return drafts.map(({node, joint, isConditional, isTested, hasPrefix, next}, index) => ({
		node,
		joint,
		isConditional,
		isTested,
		place: hasPrefix
			? undefined
			: {
					start: node.pos,
					end: node.end,
					previousStart: drafts[index - 1]?.node.pos,
					previousEnd: drafts[index - 1]?.node.end,
					nextStart: drafts[index + 1]?.start,
					nextJoint: drafts[index + 1]?.joint ?? next,
				},
	}));
}

function draftsOf({command, background}: Statement, joint: Joint): readonly Draft[] {
	const next = background === true ? '&' : undefined;
	if (command.type !== 'AndOr') {
		return pipelineOf(command, joint, {isConditional: false, isTested: false}, next);
	}
	const isConditional = command.operators.includes('||');
	const {commands, operators} = command;
	const isTested = operators.some((operator, index) => operator === '||' && !givesUp(commands[index + 1]));
	return commands.flatMap((part, index) =>
		pipelineOf(part, index === 0 ? joint : (operators[index - 1] ?? '&&'), {isConditional, isTested}, next),
	);
}

/** `|| exit 1` only says what the failure would do by itself. */
function givesUp(node: PipelineNode | undefined): boolean {
	const name = node?.type === 'Command' && node.name !== undefined ? plainOf(node.name) : undefined;
	const isZero = node?.type === 'Command' && node.args.some(arg => plainOf(arg) === '0');
	return (name === 'exit' || name === 'false') && !isZero;
}

function pipelineOf(
	node: PipelineNode,
	joint: Joint,
	{isConditional, isTested}: Pick<Member, 'isConditional' | 'isTested'>,
	next: Joint | undefined,
): readonly Draft[] {
	if (node.type !== 'Pipeline') {
		return [{node, joint, isConditional, isTested, start: node.pos, hasPrefix: false, next}];
	}
	const isNegated = node.prefixes.some(({type}) => type === 'Negation');
	return node.commands.map((command, index) => ({
		node: command,
		joint: index === 0 ? joint : '|',
		isConditional: isConditional || isNegated,
		isTested: isTested || isNegated,
		start: index === 0 ? node.pos : command.pos,
		hasPrefix: node.prefixes.length > 0,
		next,
	}));
}

function jointBetween(text: string, previous: Statement | undefined, {pos}: Statement): Joint {
	if (previous === undefined) {
		return 'start';
	}
	if (previous.background === true) {
		return '&';
	}
	for (let at = previous.end; at < pos; at += 1) {
		if (text[at] === ';') {
			return ';';
		}
		if (text[at] === '\n' || text[at] === '#') {
			return '\n';
		}
	}
	return ';';
}
