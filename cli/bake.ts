import {dirname} from 'node:path';
import {entriesIn, listIn, type Scope, scopeOf, type Text, textIn, UNKNOWN} from './bake-values.ts';
import {type Aside, type Build, buildOf, type Definition, isAside, isBuild} from './builds.ts';
import {CliError} from './error.ts';
import {type Attribute, type Block, expressionOf, readHcl} from './hcl.ts';
import {HclError} from './hcl-error.ts';

export interface BakeFile {
	/** As it is shown. */
	readonly file: string;
	readonly text: string;
}

/** Parents of parents; a chain that comes back to its beginning ends here too. */
const MAX_PARENTS = 16;

/**
 * The builds of Bake files that are read together, later ones over earlier ones. All targets count but those that only lend
 * their settings to others.
 * @throws {CliError} CLI_BAD_INPUT with file and line
 */
export function bakeDefinition(
	files: readonly BakeFile[],
	env: Readonly<Record<string, string | undefined>>,
): Definition {
	const blocks = files.flatMap(file => blocksOf(file).map(block => ({...block, file: file.file})));
	const scope = scopeOf(blocks, env);
	const targets = new Map<string, Target>();
	for (const {labels, type, attributes, file, line} of blocks) {
		const [name = ''] = labels;
		if (type === 'target' && name !== '') {
			const before = targets.get(name);
			targets.set(name, {name, file, line, attributes: merged(before?.attributes, attributes)});
		}
	}

	const wanted = wantedNames(blocks, targets, scope);
	const made = [...targets.values()]
		.filter(({name}) => wanted.has(name))
		.flatMap(target => describe(target, targets, scope));
	return {
		builds: made.filter(isBuild),
		asides: made.filter(isAside),
	};
}

type Attributes = ReadonlyMap<string, Attribute>;

interface Target {
	readonly name: string;
	readonly file: string;
	readonly line: number;
	readonly attributes: Attributes;
}

function blocksOf({file, text}: BakeFile): readonly Block[] {
	try {
		return file.endsWith('.json') ? blocksOfJson(text, file) : readHcl(text);
	} catch (error) {
		if (error instanceof HclError) {
			throw new CliError('CLI_BAD_INPUT', `${file}:${error.line}: ${error.message}`, {cause: error});
		}

		throw error;
	}
}

function blocksOfJson(text: string, file: string): readonly Block[] {
	const root = parseJson(text, file);
	return Object.entries(objectOf(root)).flatMap(([type, named]) =>
		Object.entries(objectOf(named)).map(([name, body]) => ({
			type,
			labels: [name],
			attributes: new Map(
				Object.entries(objectOf(body)).map(([key, value]) => [key, {value: expressionOf(value), line: 1}]),
			),
			line: 1,
		})),
	);
}

function parseJson(text: string, file: string): unknown {
	try {
		return JSON.parse(text.replace(/^\uFEFF/, ''));
	} catch (cause) {
		const why = cause instanceof Error ? cause.message.split('\n')[0] : '';
		throw new CliError('CLI_BAD_INPUT', `${file}: this is not JSON: ${why}`, {cause});
	}
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>) // An object that is no array has string keys.
		: {};
}

/** Later attributes over earlier ones; the entries of objects one by one. */
function merged(before: Attributes | undefined, after: Attributes): Attributes {
	const all = new Map(before);
	for (const [key, attribute] of after) {
		const old = all.get(key)?.value;
		const {value, line} = attribute;
		all.set(
			key,
			old?.kind === 'map' && value.kind === 'map'
				? {value: {kind: 'map', entries: [...old.entries, ...value.entries]}, line}
				: attribute,
		);
	}

	return all;
}

/** Targets that a group names, and those that no other target takes its settings from. */
function wantedNames(
	blocks: readonly Block[],
	targets: ReadonlyMap<string, Target>,
	scope: Scope,
): ReadonlySet<string> {
	const grouped = blocks
		.filter(({type}) => type === 'group')
		.flatMap(({attributes}) => namesIn(attributes, 'targets', scope));
	const lent = new Set(
		[...targets.values()].flatMap(({attributes}) => namesIn(attributes, 'inherits', scope)),
	);
	return new Set([...grouped, ...[...targets.keys()].filter(name => !lent.has(name))]);
}

function namesIn(attributes: Attributes, key: string, scope: Scope): readonly string[] {
	const names = listIn(attributes.get(key)?.value, scope);
	return names === undefined || names === UNKNOWN ? [] : names;
}

function inherited(
	target: Target,
	targets: ReadonlyMap<string, Target>,
	scope: Scope,
	budget: {left: number},
): Attributes {
	let all: Attributes = new Map();
	for (const name of namesIn(target.attributes, 'inherits', scope)) {
		const parent = targets.get(name);
		budget.left -= 1;
		if (parent !== undefined && budget.left > 0) {
			all = merged(all, inherited(parent, targets, scope, budget));
		}
	}

	return merged(all, target.attributes);
}

function describe(
	target: Target,
	targets: ReadonlyMap<string, Target>,
	scope: Scope,
): readonly (Build | Aside)[] {
	const {name, file} = target;
	const attributes = inherited(target, targets, scope, {left: MAX_PARENTS});
	const deciding = ['context', 'dockerfile', 'dockerfile-inline', 'target'] as const;
	const text = (key: string): Text => textIn(attributes.get(key)?.value, scope);
	const open = deciding.find(key => text(key) === UNKNOWN);
	if (open !== undefined) {
		const line = attributes.get(open)?.line ?? target.line;
		const message = `${name} is not judged: its ${open} is an expression that only Bake evaluates`;
		return [{file, line, message}];
	}

	const known = (key: string): string | undefined => {
		const value = text(key);
		return value === UNKNOWN ? undefined : value;
	};
	const {values: buildArgs, asides} = argsOf(target, attributes, scope);
	const contexts = entriesIn(attributes.get('contexts')?.value, scope);
	const inline = known('dockerfile-inline');
	const line = attributes.get('dockerfile-inline')?.line ?? target.line;
	const build = buildOf({
		name,
		file,
		line,
		folder: dirname(file),
		context: known('context') ?? '.',
		dockerfile: known('dockerfile'),
		// A heredoc begins on the line after its attribute.
		inline: inline === undefined ? undefined : {bytes: new TextEncoder().encode(inline), lineOffset: line},
		target: known('target'),
		buildArgs,
		contexts: new Set(contexts === UNKNOWN ? [] : contexts.keys()),
	});
	return [build, ...asides];
}

function argsOf(
	{name, file, line}: Target,
	attributes: Attributes,
	scope: Scope,
): {readonly values: ReadonlyMap<string, string>; readonly asides: readonly Aside[]} {
	const args = attributes.get('args');
	const entries = entriesIn(args?.value, scope);
	const at = {file, line: args?.line ?? line};
	if (entries === UNKNOWN) {
		const message = `the args of ${name} are an expression that only Bake evaluates: they count as not given`;
		return {values: new Map(), asides: [{...at, message}]};
	}

	const open = [...entries].filter(([, value]) => value === UNKNOWN).map(([key]) => key);
	const message = `${name} is judged without ${open.join(', ')}: only Bake evaluates what it is`;
	return {
		values: new Map(
			[...entries].flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])),
		),
		asides: open.length === 0 ? [] : [{...at, message}],
	};
}
