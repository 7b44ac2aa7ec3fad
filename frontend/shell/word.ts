import {forEachChild, type SyntaxNode, type WordPart} from 'unbash';
import type {Placed} from './places.ts';
import type {ShellWord} from './script.ts';

/** A word as the parser gives it, in our shape. `from` leaves out what stands before it (`x=` of `x=y`). */
export function wordOf(placed: Placed, node: SyntaxNode, from = node.pos): ShellWord {
	return {
		text: placed.text.slice(from, node.end),
		start: from,
		end: node.end,
		get value() {
			return plainOf(node);
		},
		get unquoted() {
			return unquotedOf(node);
		},
		get span() {
			return placed.spanOf(from, node.end);
		},
		get line() {
			return placed.lineOf(from);
		},
		get variables() {
			return variablesOf(node);
		},
	};
}

/** An item of an exec form: it is what it is, and JSON's escapes make edits unsafe. */
export function itemOf(value: string, start: number, line: number): ShellWord {
	return {
		text: value,
		value,
		unquoted: value,
		start,
		end: start + value.length,
		span: undefined,
		line,
		variables: [],
	};
}

/** The value of a word that is known before the build. */
export function plainOf(node: SyntaxNode): string | undefined {
	if (node.type === 'Assignment') {
		const value = plainOf(node.value);
		return value === undefined ? undefined : `${node.name}=${value}`;
	}
	return node.type === 'Word' && (node.parts === undefined || node.parts.every(isPlain))
		? node.value
		: undefined;
}

function unquotedOf(node: SyntaxNode): string {
	if (node.type === 'Assignment') {
		return node.value.type === 'Word' ? `${node.name}=${node.value.value}` : node.text;
	}
	return node.type === 'Word' ? node.value : '';
}

function isPlain(part: WordPart): boolean {
	switch (part.type) {
		case 'Literal':
		case 'SingleQuoted':
		case 'AnsiCQuoted':
			return true;
		case 'DoubleQuoted':
		case 'LocaleString':
			return part.parts.every(({type}) => type === 'Literal');
		default:
			return false;
	}
}

function variablesOf(word: SyntaxNode): readonly string[] {
	const names = new Set<string>();
	for (const node of within(word)) {
		if (node.type === 'ParameterExpansion') {
			names.add(node.parameter);
		}
		if (node.type === 'SimpleExpansion') {
			names.add(node.text.slice(1));
		}
	}
	return [...names];
}

/**
 * What a word, redirection or expression is made of, in the order written. Scripts in it are given, but not entered.
 * Not recursive: sums of a hundred thousand terms are trees of that depth.
 */
export function* within(node: SyntaxNode): Generator<SyntaxNode> {
	const open = [node];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		yield next;
		if (next.type !== 'Script') {
			const children: SyntaxNode[] = [];
			forEachChild(next, child => children.push(child));
			open.push(...children.reverse());
		}
	}
}
