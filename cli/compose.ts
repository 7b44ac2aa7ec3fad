import {dirname} from 'node:path';
import {type Aside, type Build, buildOf, type Definition, isAside, isBuild} from './builds.ts';
import {type ComposeDocument, type Mapping, mappingOf} from './compose-document.ts';
import {type Environment, interpolate} from './compose-variables.ts';

/** Services that extend services that extend … */
const MAX_PARENTS = 16;

/** The builds of Compose files that are read together, later ones over earlier ones: one per service that has a `build`. */
export function composeDefinition(documents: readonly ComposeDocument[], env: Environment): Definition {
	const [first] = documents;
	const made = serviceNames(documents).flatMap(name =>
		describe(name, documents, env, dirname(first?.file ?? '.')),
	);
	const included = documents
		.filter(({root}) => root['include'] !== undefined)
		.map(({file, lineOf}) => ({
			file,
			line: lineOf(['include']),
			message: 'the files that are included here are not followed; name them too to have them judged',
		}));
	return {
		builds: made.filter(isBuild),
		asides: [...included, ...made.filter(isAside)],
	};
}

function serviceNames(documents: readonly ComposeDocument[]): readonly string[] {
	return [...new Set(documents.flatMap(({root}) => Object.keys(mappingOf(root['services']))))];
}

/** A `build` with the place that said it last. */
interface Found {
	readonly build: Mapping;
	readonly document: ComposeDocument;
	readonly path: readonly string[];
	/** A file that it is taken from and that is not read here. */
	readonly elsewhere?: string;
}

function findBuild(name: string, documents: readonly ComposeDocument[], depth: number): Found | undefined {
	let found: Found | undefined;
	for (const document of documents) {
		const service = mappingOf(mappingOf(document.root['services'])[name]);
		const parent = depth < MAX_PARENTS ? parentOf(service, name, documents, document, depth) : undefined;
		found = over(over(found, parent), ownBuild(service, name, document));
	}

	return found;
}

function over(before: Found | undefined, after: Found | undefined): Found | undefined {
	return before === undefined || after === undefined
		? (after ?? before)
		: {...before, ...after, build: merged(before.build, after.build)};
}

function ownBuild(service: Mapping, name: string, document: ComposeDocument): Found | undefined {
	const own: unknown = service['build'];
	const build = typeof own === 'string' ? {context: own} : mappingOf(own);
	return own === undefined || own === null
		? undefined
		: {build: merged({}, build), document, path: ['services', name, 'build']};
}

function parentOf(
	service: Mapping,
	name: string,
	documents: readonly ComposeDocument[],
	document: ComposeDocument,
	depth: number,
): Found | undefined {
	const extended: unknown = service['extends'];
	const parent: unknown = typeof extended === 'string' ? extended : mappingOf(extended)['service'];
	const file: unknown = mappingOf(extended)['file'];
	if (typeof file === 'string') {
		return {build: {}, document, path: ['services', name, 'extends'], elsewhere: file};
	}

	return typeof parent === 'string' ? findBuild(parent, documents, depth + 1) : undefined;
}

function merged(before: Mapping, after: Mapping): Mapping {
	const pairs = (value: unknown): Mapping =>
		Array.isArray(value) ? Object.fromEntries(value.map(item => splitPair(String(item)))) : mappingOf(value);
	const both = (key: string): Mapping =>
		before[key] === undefined && after[key] === undefined
			? {}
			: {[key]: {...pairs(before[key]), ...pairs(after[key])}};
	return {...before, ...after, ...both('args'), ...both('additional_contexts')};
}

/** `NAME=value`, or `NAME` alone, whose value is the environment's. */
function splitPair(text: string): readonly [string, string | undefined] {
	const at = text.indexOf('=');
	return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function describe(
	name: string,
	documents: readonly ComposeDocument[],
	env: Environment,
	folder: string,
): readonly (Build | Aside)[] {
	const found = findBuild(name, documents, 0);
	if (found === undefined) {
		return [];
	}

	const {build, document, path, elsewhere} = found;
	const {file} = document;
	const line = document.lineOf(path);
	if (elsewhere !== undefined) {
		const message = `${name} is not judged: it takes settings from ${JSON.stringify(elsewhere)}, which is not followed`;
		return [{file, line, message}];
	}

	const values = valuesOf(build, env);
	const refused = values.refused.join(', ');
	if (refused !== '') {
		return [
			{file, line, message: `${name} is not judged: its ${refused} asks for a variable that is not set`},
		];
	}

	const missing = [...values.unset].join(', ');
	const inline = values.text('dockerfile_inline');
	const made = buildOf({
		name,
		file,
		line,
		folder,
		context: values.text('context') ?? '.',
		dockerfile: values.text('dockerfile'),
		inline:
			inline === undefined
				? undefined
				: {
						bytes: new TextEncoder().encode(inline),
						lineOffset: document.linesBefore([...path, 'dockerfile_inline']),
					},
		target: values.text('target'),
		buildArgs: values.args,
		contexts: new Set(Object.keys(mappingOf(build['additional_contexts']))),
	});
	const message = `${name} is judged with ${missing} empty, as Compose takes what is not set`;
	return missing === '' ? [made] : [made, {file, line, message}];
}

const texts = ['context', 'dockerfile', 'dockerfile_inline', 'target'] as const;

interface Values {
	text(key: (typeof texts)[number]): string | undefined;
	readonly args: ReadonlyMap<string, string>;
	readonly unset: ReadonlySet<string>;
	/** Keys that demand a variable which is not there. */
	readonly refused: readonly string[];
}

function valuesOf(build: Mapping, env: Environment): Values {
	const unset = new Set<string>();
	const refused: string[] = [];
	const put = (key: string, value: unknown): string | undefined => {
		if (value === undefined || value === null || typeof value === 'object') {
			return undefined;
		}

		const result = interpolate(String(value), env);
		for (const variable of result.unset) {
			unset.add(variable);
		}

		if (result.text === undefined) {
			refused.push(key);
		}

		return result.text;
	};
	const known = new Map(texts.map(key => [key, put(key, build[key])] as const));
	const args = Object.entries(mappingOf(build['args'])).flatMap(([key, value]) => {
		const text = value === undefined || value === null ? env[key] : put(`args.${key}`, value);
		return text === undefined ? [] : [[key, text] as const];
	});
	return {text: key => known.get(key) || undefined, args: new Map(args), unset, refused};
}
