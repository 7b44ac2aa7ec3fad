import {forEachChild, type SyntaxNode} from 'unbash';
import type {Script} from './script.ts';

/** Lines on which nodes of a type begin, e.g. `TestCommand` for `[[ … ]]`; substitutions are entered too. */
export function linesOf({tree, lineOf}: Script, type: SyntaxNode['type']): readonly number[] {
	const lines: number[] = [];
	const open: SyntaxNode[] = tree === undefined ? [] : [...tree.commands].reverse();
	for (let node = open.pop(); node !== undefined; node = open.pop()) {
		if (node.type === type) {
			lines.push(lineOf(node.pos));
		}
		const children: SyntaxNode[] = [];
		forEachChild(node, child => children.push(child));
		open.push(...children.reverse());
	}
	return lines;
}
