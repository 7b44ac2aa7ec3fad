import {ParseError} from './error.ts';

// Go's text/scanner, which reads patterns for BuildKit, ignores a byte order mark at the start; so do we, below.

/** Steps that one expansion's patterns may take: more than any honest Dockerfile needs, a blink for us. */
const MAX_STEPS = 2_000_000;

/** How many steps were taken; shared by all patterns of one expansion. */
export interface Effort {
	steps: number;
}

type Token = '*' | '?' | {readonly literal: string};

/** `${value#pattern}`: without the shortest (or longest) beginning that matches. */
export function dropPrefix(value: string, pattern: string, isLongest: boolean, effort: Effort): string {
	const characters = charactersOf(value, effort);
	const end = matchAt(characters, 0, tokensOf(pattern.replace(/^\ufeff/, '')), isLongest, effort);
	return end === undefined ? value : characters.slice(end).join('');
}

/** `${value%pattern}`: the same from the end. */
export function dropSuffix(value: string, pattern: string, isLongest: boolean, effort: Effort): string {
	const characters = charactersOf(value, effort).reverse();
	const end = matchAt(
		characters,
		0,
		tokensOf(pattern.replace(/\ufeff$/, '')).toReversed(),
		isLongest,
		effort,
	);
	return end === undefined ? value : characters.slice(end).reverse().join('');
}

/** `${value/pattern/replacement}`: the first match, or with `//` all of them, each as long as it can be. */
export function replace(
	value: string,
	pattern: string,
	replacement: string,
	isAll: boolean,
	effort: Effort,
): string {
	const characters = charactersOf(value, effort);
	const tokens = tokensOf(pattern.replace(/^\ufeff/, ''));
	const parts: string[] = [];
	let copied = 0;
	for (let at = 0; at <= characters.length; at = Math.max(copied, at + 1)) {
		const end = matchAt(characters, at, tokens, true, effort);
		// As in Go, an empty match right behind a match is none.
		if (end === undefined || (end === at && at === copied && at > 0)) {
			continue;
		}
		const match = characters.slice(at, end).join('');
		parts.push(characters.slice(copied, at).join(''), isAll ? fill(replacement, match) : replacement);
		copied = end;
		if (!isAll) {
			break;
		}
	}
	return parts.join('') + characters.slice(copied).join('');
}

// Go's ReplaceAllString reads `$0` and `${0}` in a replacement as the match, and other names as nothing.
function fill(replacement: string, match: string): string {
	return replacement.replace(
		/\$(?:(\$)|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu,
		(_, dollar, name, braced) => {
			const group = name ?? braced;
			return dollar ?? (group === '0' ? match : '');
		},
	);
}

const TOKEN = /\\(?<escaped>[*?\\])|(?<dropped>\\)(?=[}/])|(?<wild>[*?])|(?<plain>[^\\])|\\/gu;

/** `*`, `?` and plain characters; a backslash takes the meaning from those and from `}` and `/`. No brackets. */
function tokensOf(pattern: string): readonly Token[] {
	return Array.from(pattern.matchAll(TOKEN), match => match.groups ?? {}).flatMap(groups => tokenOf(groups));
}

function tokenOf({
	escaped,
	dropped,
	wild,
	plain,
}: Readonly<Record<string, string | undefined>>): readonly Token[] {
	if (wild === '*' || wild === '?') {
		return [wild];
	}
	const literal = escaped ?? plain;
	if (literal !== undefined) {
		return [{literal}];
	}
	if (dropped !== undefined) {
		return [];
	}
	throw new ParseError(
		'DOCKERFILE_BAD_SUBSTITUTION',
		'A pattern of a substitution has a backslash before a character that needs none; remove it',
	);
}

/**
 * Where the shortest or longest match that starts at `start` ends. Walks the characters with the set of pattern
 * positions reached so far: no backtracking, so that no pattern takes exponential time. Nothing but a literal matches
 * a line feed, as in Go's expressions.
 */
function matchAt(
	characters: readonly string[],
	start: number,
	tokens: readonly Token[],
	isLongest: boolean,
	effort: Effort,
): number | undefined {
	let reached = withStars(new Set([0]), tokens);
	let found: number | undefined;
	for (let at = start; reached.size > 0; at += 1) {
		if (reached.has(tokens.length)) {
			found = at;
			if (!isLongest) {
				return found;
			}
		}
		const character = characters[at];
		if (character === undefined) {
			return found;
		}
		spend(effort, reached.size);
		reached = withStars(step(reached, tokens, character), tokens);
	}
	return found;
}

function charactersOf(value: string, effort: Effort): string[] {
	spend(effort, value.length);
	return Array.from(value);
}

function step(reached: ReadonlySet<number>, tokens: readonly Token[], character: string): Set<number> {
	const next = new Set<number>();
	for (const position of reached) {
		const token = tokens[position];
		if (typeof token === 'object') {
			if (token.literal === character) {
				next.add(position + 1);
			}
		} else if (token !== undefined && character !== '\n') {
			next.add(token === '*' ? position : position + 1);
		}
	}
	return next;
}

function withStars(positions: Set<number>, tokens: readonly Token[]): Set<number> {
	for (const position of positions) {
		if (tokens[position] === '*') {
			positions.add(position + 1);
		}
	}
	return positions;
}

function spend(effort: Effort, steps: number): void {
	effort.steps += steps + 1;
	if (effort.steps > MAX_STEPS) {
		throw new ParseError(
			'DOCKERFILE_TOO_COMPLEX',
			'The patterns of a substitution take too long to match; use a shorter value or pattern',
		);
	}
}
