import {stat} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {bakeDefinition} from './bake.ts';
import {type Aside, type Build, type Definition, shownPath} from './builds.ts';
import {type Environment, settingsIn} from './compose-variables.ts';
import {CliError} from './error.ts';
import {findFiles, type Kind, kindNamed} from './find-files.ts';
import {type Io, readInput, readOptionalFile, readRequiredFile} from './io.ts';
import {type Problem, problemOf} from './problem.ts';

/** What is to be judged, and what of it could not be read. */
export interface Inputs extends Definition {
	readonly problems: readonly Problem[];
	/** Everything that is named above, in the order in which it was met. */
	readonly order: readonly string[];
}

/** What the command line says about every Dockerfile that is named by itself. */
export type Given = Pick<Build, 'target' | 'context' | 'buildArgs'>;

/** The name under which standard input is shown. */
export const STDIN = '<stdin>';

export const MAX_DOCKERFILE_BYTES = 16 * 1024 * 1024;
/** The YAML parser takes quadratic time for some texts; up to here that is a second. */
const MAX_DEFINITION_BYTES = 64 * 1024;

/**
 * Operands of a command line → builds. Files that cannot be read become problems in their place.
 * @param together Compose or Bake files that are read as one, as `docker compose -f … -f …` reads them
 */
export async function inputsOf(
	operands: readonly string[],
	together: readonly string[],
	given: Given,
	io: Io,
): Promise<Inputs> {
	const named = [
		...(together.length === 0 ? [] : [() => definitionOf(together, io.env)]),
		...operands.map(operand => () => operandOf(operand, given, io)),
	];
	const all: Inputs[] = [];
	for (const read of named) {
		all.push(await read());
	}

	const found = joined(all);
	return {...found, builds: distinct(found.builds)};
}

function joined(all: readonly Inputs[]): Inputs {
	return {
		builds: all.flatMap(({builds}) => builds),
		asides: all.flatMap(({asides}) => asides),
		problems: all.flatMap(({problems}) => problems),
		order: all.flatMap(({order}) => order),
	};
}

/** A Dockerfile that a service or a target builds is looked at as that one builds it, and not by itself too. */
function distinct(builds: readonly Build[]): readonly Build[] {
	const owned = new Set(builds.flatMap(({file, name}) => (name === undefined ? [] : [resolve(file)])));
	const keyOf = ({file, name, target}: Build): string => JSON.stringify([resolve(file), name, target]);
	const kept = builds.filter(({file, name}) => name !== undefined || !owned.has(resolve(file)));
	return [...new Map(kept.map(build => [keyOf(build), build])).values()];
}

async function operandOf(operand: string, given: Given, io: Io): Promise<Inputs> {
	try {
		if (operand === '-') {
			const inline = {bytes: await readInput(io, MAX_DOCKERFILE_BYTES), lineOffset: 0};
			return inputs({builds: [{...given, file: STDIN, inline, contexts: new Set()}]});
		}

		const isFolder = (await stat(operand).catch(() => undefined))?.isDirectory() ?? false;
		return isFolder
			? await folderOf(operand, given, io)
			: await fileOf({path: operand, kind: kindNamed(operand)}, given, io);
	} catch (error) {
		return inputs({problems: [problemOf(operand, error)]});
	}
}

function inputs(given: Partial<Inputs>): Inputs {
	const {builds = [], asides = [], problems = []} = given;
	return {builds, asides, problems, order: [...builds, ...asides, ...problems].map(({file}) => file)};
}

async function folderOf(folder: string, given: Given, io: Io): Promise<Inputs> {
	const found = await findFiles(folder);
	const all: Inputs[] = [];
	for (const {path, kind} of found) {
		all.push(
			kind === 'compose'
				? await definitionOf(await withOverride(path), io.env)
				: await fileOf({path, kind}, given, io),
		);
	}

	if (found.length === 0) {
		// Not a pass: whoever names a folder means that something is in it.
		const message = `${shownPath(folder)} holds no Dockerfile, Compose or Bake file; name one, or another folder`;
		throw new CliError('CLI_NO_FILE', message);
	}

	return joined(all);
}

async function fileOf(
	{path, kind}: {readonly path: string; readonly kind: Kind},
	given: Given,
	io: Io,
): Promise<Inputs> {
	if (kind !== 'dockerfile') {
		return definitionOf([path], io.env);
	}

	return inputs({builds: [{...given, file: shownPath(path), contexts: new Set()}]});
}

/** Compose reads a file of this name over the other, unless files are named. */
async function withOverride(path: string): Promise<readonly string[]> {
	const candidates = ['.yaml', '.yml'].map(ending => path.replace(/\.ya?ml$/, `.override${ending}`));
	for (const candidate of candidates) {
		if ((await readOptionalFile(candidate, MAX_DEFINITION_BYTES).catch(() => undefined)) !== undefined) {
			return [path, candidate];
		}
	}

	return [path];
}

async function definitionOf(paths: readonly string[], env: Environment): Promise<Inputs> {
	const [first = ''] = paths;
	try {
		const files: {readonly file: string; readonly text: string}[] = [];
		for (const path of paths) {
			const bytes = await readRequiredFile(path, MAX_DEFINITION_BYTES);
			files.push({file: shownPath(path), text: new TextDecoder().decode(bytes)});
		}

		const definition =
			kindNamed(first) === 'compose'
				? await composed(files, await environmentOf(dirname(first), env))
				: bakeDefinition(files, env);
		return inputs({...definition, asides: withEmpty(definition, shownPath(first))});
	} catch (error) {
		return inputs({problems: [problemOf(first, error)]});
	}
}

function withEmpty({builds, asides}: Definition, file: string): readonly Aside[] {
	return builds.length + asides.length > 0 ? asides : [{file, line: 1, message: 'nothing is built here'}];
}

// Loaded when there is one to read: the YAML parser costs as much as judging a Dockerfile.
async function composed(
	files: readonly {readonly file: string; readonly text: string}[],
	env: Environment,
): Promise<Definition> {
	const [{openCompose}, {composeDefinition}] = await Promise.all([
		import('./compose-document.ts'),
		import('./compose.ts'),
	]);
	return composeDefinition(
		files.map(({file, text}) => openCompose(file, text)),
		env,
	);
}

/** What the process has goes before what `.env` beside the Compose file says. */
async function environmentOf(folder: string, env: Environment): Promise<Environment> {
	const bytes = await readOptionalFile(join(folder, '.env'), MAX_DEFINITION_BYTES);
	return bytes === undefined ? env : {...settingsIn(new TextDecoder().decode(bytes)), ...env};
}
