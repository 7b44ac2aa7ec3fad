import type {Block, Expression} from './hcl.ts';

/** What is made while a build runs: by a function, an operator, a matrix. Never guessed. */
export const UNKNOWN = Symbol('unknown');

export type Text = string | typeof UNKNOWN | undefined;

/** Gives a variable's value, or UNKNOWN. */
export type Scope = (name: string) => Text;

/** Variables that are made of variables that are made of … */
const MAX_DEPTH = 16;

/** The file's variables; one that the environment has is the environment's, as for Bake. */
export function scopeOf(blocks: readonly Block[], env: Readonly<Record<string, string | undefined>>): Scope {
	const variables = new Map<string, Expression | undefined>(
		blocks
			.filter(({type}) => type === 'variable')
			.map(({labels: [name = ''], attributes}) => [name, attributes.get('default')?.value]),
	);
	const lookUp = (name: string, depth: number): Text => {
		if (depth > MAX_DEPTH || !variables.has(name)) {
			return UNKNOWN;
		}

		return env[name] ?? textIn(variables.get(name), inner => lookUp(inner, depth + 1));
	};
	return name => lookUp(name, 0);
}

const NAME = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u;

/** A text, undefined where there is none (`null` counts as none), UNKNOWN where it is not known before the build. */
export function textIn(value: Expression | undefined, scope: Scope): Text {
	switch (value?.kind) {
		case undefined:
			return undefined;
		case 'plain':
			return value.value === undefined ? undefined : String(value.value);
		case 'name':
			return scope(value.name);
		case 'text': {
			const parts = value.pieces.map(piece =>
				typeof piece === 'string'
					? piece
					: NAME.test(piece.expression)
						? (scope(piece.expression) ?? '')
						: UNKNOWN,
			);
			const known = parts.filter(part => part !== UNKNOWN);
			return known.length === parts.length ? known.join('') : UNKNOWN;
		}
		default:
			return UNKNOWN;
	}
}

/** A list of texts; UNKNOWN when it or a part of it is. */
export function listIn(
	value: Expression | undefined,
	scope: Scope,
): readonly string[] | typeof UNKNOWN | undefined {
	if (value === undefined || (value.kind === 'plain' && value.value === undefined)) {
		return undefined;
	}

	if (value.kind !== 'list') {
		return UNKNOWN;
	}

	const texts = value.items.map(item => textIn(item, scope));
	const known = texts.filter(text => typeof text === 'string');
	return known.length === texts.length ? known : UNKNOWN;
}

/** The entries of an object; UNKNOWN when it is made while the build runs. */
export function entriesIn(
	value: Expression | undefined,
	scope: Scope,
): ReadonlyMap<string, Text> | typeof UNKNOWN {
	if (value === undefined || (value.kind === 'plain' && value.value === undefined)) {
		return new Map();
	}

	return value.kind === 'map'
		? new Map(value.entries.map(([key, entry]) => [key, textIn(entry, scope)]))
		: UNKNOWN;
}
