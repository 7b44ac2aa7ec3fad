import {HclError} from './hcl-error.ts';
import {type Piece, template} from './hcl-template.ts';
import {type Token, tokensOf} from './hcl-tokens.ts';

/** What an attribute says, as far as it is read here: plain values and names. Everything else is `unknown`, and never guessed. */
export type Expression =
	| {readonly kind: 'plain'; readonly value: string | number | boolean | undefined}
	| {readonly kind: 'text'; readonly pieces: readonly Piece[]}
	| {readonly kind: 'name'; readonly name: string}
	| {readonly kind: 'list'; readonly items: readonly Expression[]}
	| {readonly kind: 'map'; readonly entries: readonly (readonly [string, Expression])[]}
	| {readonly kind: 'unknown'};

export interface Attribute {
	readonly value: Expression;
	/** 1-based. */
	readonly line: number;
}

export interface Block {
	readonly type: string;
	readonly labels: readonly string[];
	readonly attributes: ReadonlyMap<string, Attribute>;
	readonly line: number;
}

/** Lists and objects inside one another; a Bake file needs three levels. */
const MAX_DEPTH = 32;

/**
 * The blocks of an HCL file, with the subset of its expressions that Bake files are mostly made of. Blocks inside blocks are
 * read over: Bake has none that decide what is built but `variable`'s conditions.
 * @throws {HclError}
 */
export function readHcl(source: string): readonly Block[] {
	const cursor = cursorOf(tokensOf(source));
	const blocks: Block[] = [];
	for (cursor.skipLines(); cursor.peek().kind !== 'end'; cursor.skipLines()) {
		const token = cursor.next();
		if (token.kind !== 'name') {
			throw new HclError(token.line, 'a block such as target "name" { … } is expected here');
		}

		if (isSign(cursor.peek(), '=')) {
			cursor.next();
			const value = expression(cursor, 0);
			// Outside of blocks a name with a value is a variable of older Bake files.
			const attributes = new Map([['default', {value, line: token.line}]]);
			blocks.push({type: 'variable', labels: [token.text], attributes, line: token.line});
		} else {
			blocks.push(block(cursor, token, 0));
		}
	}

	return blocks;
}

/**
 * The same for a value of a Bake file in JSON, whose strings may hold `${…}` too.
 * @throws {HclError}
 */
export function expressionOf(value: unknown, depth = 0): Expression {
	if (depth > MAX_DEPTH) {
		throw new HclError(1, `values are nested more than ${MAX_DEPTH} deep`);
	}

	if (typeof value === 'string') {
		return textOf(template(value, 0, 1, undefined).pieces);
	}

	if (Array.isArray(value)) {
		return {kind: 'list', items: value.map(item => expressionOf(item, depth + 1))};
	}

	if (typeof value === 'object' && value !== null) {
		const entries = Object.entries(value);
		return {kind: 'map', entries: entries.map(([key, entry]) => [key, expressionOf(entry, depth + 1)])};
	}

	return {kind: 'plain', value: typeof value === 'number' || typeof value === 'boolean' ? value : undefined};
}

interface Cursor {
	peek(): Token;
	next(): Token;
	skipLines(): void;
}

function cursorOf(tokens: readonly Token[]): Cursor {
	let at = 0;
	const last: Token = tokens.at(-1) ?? {kind: 'end', text: '', line: 1};
	const peek = (): Token => tokens[at] ?? last;
	return {
		peek,
		next: () => {
			const token = peek();
			at += 1;
			return token;
		},
		skipLines: () => {
			while (peek().kind === 'newline') {
				at += 1;
			}
		},
	};
}

function isSign({kind, text}: Token, sign: string): boolean {
	return kind === 'sign' && text === sign;
}

function block(cursor: Cursor, {text: type, line}: Token, depth: number): Block {
	const labels: string[] = [];
	let token = cursor.next();
	while (token.kind === 'name' || token.kind === 'text') {
		labels.push(token.kind === 'name' ? token.text : labelOf(token));
		token = cursor.next();
	}

	if (!isSign(token, '{') || depth > MAX_DEPTH) {
		throw new HclError(token.line, `"${type.slice(0, 60)}" is followed by neither = nor { here`);
	}

	return {type, labels, attributes: body(cursor, line, depth), line};
}

function labelOf({pieces = [], line}: Token): string {
	return pieces
		.map(piece => {
			if (typeof piece !== 'string') {
				throw new HclError(line, 'the name of a block is plain text');
			}

			return piece;
		})
		.join('');
}

function body(cursor: Cursor, start: number, depth: number): ReadonlyMap<string, Attribute> {
	const attributes = new Map<string, Attribute>();
	for (cursor.skipLines(); !isSign(cursor.peek(), '}'); cursor.skipLines()) {
		const token = cursor.next();
		if (token.kind === 'end') {
			throw new HclError(start, 'the block that begins here does not end');
		}

		if (token.kind !== 'name' && token.kind !== 'text') {
			throw new HclError(token.line, 'a name with a value is expected here');
		}

		const name = token.kind === 'name' ? token.text : labelOf(token);
		if (isSign(cursor.peek(), '=')) {
			cursor.next();
			attributes.set(name, {value: expression(cursor, 0), line: token.line});
		} else {
			block(cursor, token, depth + 1);
		}
	}

	cursor.next();
	return attributes;
}

function expression(cursor: Cursor, depth: number): Expression {
	if (depth > MAX_DEPTH) {
		throw new HclError(cursor.peek().line, `values are nested more than ${MAX_DEPTH} deep here`);
	}

	const value = operand(cursor, depth);
	if (isEnd(cursor.peek())) {
		return value;
	}

	// An operator, a call, an index: the value is made at build time, and nobody here evaluates it.
	skipExpression(cursor);
	return {kind: 'unknown'};
}

function operand(cursor: Cursor, depth: number): Expression {
	const token = cursor.next();
	switch (token.kind) {
		case 'text':
			return textOf(token.pieces ?? []);
		case 'number':
			return {kind: 'plain', value: Number(token.text)};
		case 'name':
			return nameOf(token.text);
		case 'sign':
			if (token.text === '[') {
				return list(cursor, token, depth);
			}

			if (token.text === '{') {
				return map(cursor, token, depth);
			}

			if (token.text === '(') {
				skipExpression(cursor, ')');
			}

			return {kind: 'unknown'};
		default:
			throw new HclError(token.line, 'a value is missing here');
	}
}

function textOf(pieces: readonly Piece[]): Expression {
	const plain = pieces.filter(piece => typeof piece === 'string');
	return plain.length === pieces.length
		? {kind: 'plain', value: plain.join('')}
		: {kind: 'text', pieces: pieces.filter(piece => piece !== '')};
}

function nameOf(name: string): Expression {
	if (name === 'null') {
		return {kind: 'plain', value: undefined};
	}

	return name === 'true' || name === 'false' ? {kind: 'plain', value: name === 'true'} : {kind: 'name', name};
}

function list(cursor: Cursor, {line}: Token, depth: number): Expression {
	if (cursor.peek().text === 'for') {
		skipExpression(cursor, ']');
		return {kind: 'unknown'};
	}

	const items: Expression[] = [];
	for (cursor.skipLines(); !isSign(cursor.peek(), ']'); cursor.skipLines()) {
		items.push(expression(cursor, depth + 1));
		cursor.skipLines();
		separator(cursor, line, ']');
	}

	cursor.next();
	return {kind: 'list', items};
}

function map(cursor: Cursor, {line}: Token, depth: number): Expression {
	if (cursor.peek().text === 'for') {
		skipExpression(cursor, '}');
		return {kind: 'unknown'};
	}

	const entries: (readonly [string, Expression])[] = [];
	for (cursor.skipLines(); !isSign(cursor.peek(), '}'); cursor.skipLines()) {
		const key = cursor.next();
		const sign = cursor.next();
		if ((key.kind !== 'name' && key.kind !== 'text') || !(isSign(sign, '=') || isSign(sign, ':'))) {
			throw new HclError(key.line, 'a key with a value is expected here');
		}

		entries.push([key.kind === 'name' ? key.text : labelOf(key), expression(cursor, depth + 1)]);
		separator(cursor, line, '}');
	}

	cursor.next();
	return {kind: 'map', entries};
}

function separator(cursor: Cursor, line: number, close: string): void {
	const token = cursor.peek();
	if (isSign(token, ',')) {
		cursor.next();
	} else if (token.kind !== 'newline' && !isSign(token, close)) {
		throw new HclError(line, `what begins here has no ${close}`);
	}
}

function isEnd(token: Token): boolean {
	return (
		token.kind === 'newline' || token.kind === 'end' || (token.kind === 'sign' && /^[,\]}]$/.test(token.text))
	);
}

/** Reads over the rest of an expression: up to what ends it outside of its own brackets, or over the bracket that is named. */
function skipExpression(cursor: Cursor, close?: string): void {
	let open = close === undefined ? 0 : 1;
	for (let token = cursor.peek(); token.kind !== 'end'; token = cursor.peek()) {
		if (open === 0 && (isEnd(token) || close !== undefined)) {
			return;
		}

		open += bracketOf(token);
		cursor.next();
	}
}

function bracketOf({kind, text}: Token): number {
	if (kind !== 'sign') {
		return 0;
	}

	return '([{'.includes(text) ? 1 : ')]}'.includes(text) ? -1 : 0;
}
