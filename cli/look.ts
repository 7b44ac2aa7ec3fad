import {basename, dirname, join, resolve} from 'node:path';
import {loadBundle} from '../frontend/bundles.ts';
import {type Examined, examine, type Opened, openDockerfile} from '../frontend/examine.ts';
import {noProject, type Project} from '../frontend/project.ts';
import {readProject} from '../frontend/read-project.ts';
import {strengthen} from '../frontend/strengthen.ts';
import type {Bundle} from '../policies/bundle.ts';
import {parseBundle} from '../policies/parse-bundle.ts';
import {listContextFiles} from './context-files.ts';
import {CliError} from './error.ts';
import {readOptionalFile, readRequiredFile} from './io.ts';

/** What `check` and `render` are asked to look at. */
export interface Request {
	/** Path of the Dockerfile. */
	readonly path: string;
	readonly target: string | undefined;
	/** Name of a bundle that comes with this program, or path of one. */
	readonly policy: string | undefined;
	/** Folder of the build context; where the Dockerfile lies when that is the current folder, else not known. */
	readonly context: string | undefined;
	/** Path of the project file; `.sallyport.yaml` in the context, or beside the Dockerfile, by default. */
	readonly project: string | undefined;
	/** `NAME=value` or `NAME`, as `docker build --build-arg` takes them. */
	readonly buildArgs: readonly string[];
	readonly env: Readonly<Record<string, string | undefined>>;
}

/** The options that say what to look at, for `parseArgs`. */
export const lookOptions = {
	policy: {type: 'string'},
	target: {type: 'string'},
	context: {type: 'string'},
	project: {type: 'string'},
	'build-arg': {type: 'string', multiple: true},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

type Options = Pick<Request, 'policy' | 'target' | 'context' | 'project'> & {
	readonly 'build-arg': readonly string[];
};
type Given = {readonly [Key in keyof Options]?: Options[Key]};

/**
 * The operands and options of a command line → what to look at.
 * @throws {CliError} CLI_USAGE for more than one file
 */
export function requestOf(
	command: string,
	operands: readonly string[],
	given: Given,
	env: Request['env'],
): Request {
	const [path = 'Dockerfile', ...more] = operands;
	if (more.length > 0) {
		throw new CliError('CLI_USAGE', `${command}: it takes one file; see "sallyport ${command} --help"`);
	}

	const {policy, target, context, project, 'build-arg': buildArgs = []} = given;
	return {path, policy, target, context, project, buildArgs, env};
}

/** The same values that a build has before it builds, without what only a builder knows. */
export interface Look {
	readonly bytes: Uint8Array;
	readonly opened: Opened;
	readonly bundle: Bundle;
	readonly examined: Examined;
}

const PROJECT_FILE = '.sallyport.yaml';
const DEFAULT_BUNDLE = 'baseline';
const bundles = new URL('../policies/bundles/', import.meta.url);

// A little more than each reader takes itself, so that it is the reader who says what is too much, and why.
const MAX_DOCKERFILE_BYTES = 16 * 1024 * 1024;
const MAX_YAML_BYTES = 1024 * 1024;

/** Reads, plans and judges: the build without Docker. */
export async function look(request: Request): Promise<Look> {
	const bytes = await readRequiredFile(request.path, MAX_DOCKERFILE_BYTES);
	const project = await projectOf(request);
	const bundle = strengthen(await bundleOf(request.policy ?? project.policy ?? DEFAULT_BUNDLE), project);
	const opened = openDockerfile({
		file: basename(request.path),
		bytes,
		target: request.target,
		buildArgs: buildArgsOf(request),
		contexts: new Set(),
	});
	const examined = examine(opened, {
		bundle,
		project,
		images: new Map(),
		proxy: undefined,
		isOffline: true,
		contextFiles: await contextFilesOf(request),
	});
	return {bytes, opened, bundle, examined};
}

/** Which files lie in the context is not guessed: a Dockerfile in a folder of its own is often built from another. */
async function contextFilesOf({path, context}: Request): Promise<readonly string[] | undefined> {
	const folder = context ?? (resolve(dirname(path)) === process.cwd() ? '.' : undefined);
	if (folder === undefined) {
		return undefined;
	}

	const ignoreFile =
		(await readOptionalFile(`${path}.dockerignore`, MAX_YAML_BYTES)) ??
		(await readOptionalFile(join(folder, '.dockerignore'), MAX_YAML_BYTES));
	return listContextFiles(folder, ignoreFile);
}

async function projectOf({path, context, project}: Request): Promise<Project> {
	const file = project ?? join(context ?? dirname(path), PROJECT_FILE);
	const bytes =
		project === undefined
			? await readOptionalFile(file, MAX_YAML_BYTES)
			: await readRequiredFile(file, MAX_YAML_BYTES);
	return bytes === undefined ? noProject : readProject(new TextDecoder().decode(bytes), basename(file));
}

async function bundleOf(policy: string): Promise<Bundle> {
	// A name has neither slash nor dot; everything else is a path.
	if (!/[/.]/.test(policy)) {
		return loadBundle(policy, bundles);
	}

	const bytes = await readRequiredFile(policy, MAX_YAML_BYTES);
	return parseBundle(new TextDecoder().decode(bytes), basename(policy));
}

function buildArgsOf({buildArgs, env}: Request): ReadonlyMap<string, string> {
	return new Map(
		buildArgs.flatMap(text => {
			const at = text.indexOf('=');
			const value = at < 0 ? env[text] : text.slice(at + 1);
			return value === undefined ? [] : [[at < 0 ? text : text.slice(0, at), value] as const];
		}),
	);
}
