import {basename, dirname, join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';
import {loadBundle, loadBundleFile} from '../frontend/bundles.ts';
import {
	type Circumstances,
	type Examined,
	examine,
	type Opened,
	openDockerfile,
	takesContext,
	type Wish,
} from '../frontend/examine.ts';
import {noProject, type Project} from '../frontend/project.ts';
import {strengthen} from '../frontend/strengthen.ts';
import type {Bundle} from '../policies/bundle.ts';
import type {RuleId} from '../policies/rules/index.ts';
import {type Build, shownPath} from './builds.ts';
import {listContextFiles} from './context-files.ts';
import {MAX_DOCKERFILE_BYTES} from './inputs.ts';
import {readOptionalFile, readRequiredFile} from './io.ts';
import type {Judging} from './look-options.ts';

/** The same values that a build has before it builds, without what only a builder knows. */
export interface Look {
	readonly bytes: Uint8Array;
	readonly opened: Opened;
	readonly bundle: Bundle;
	readonly examined: Examined;
}

/** Judges builds, and reads what several of them need only once. */
export interface Workbench {
	/** Reads, plans and judges: the build without Docker. @param text in place of what the file holds */
	look(build: Build, wish?: Wish, text?: Uint8Array): Promise<Look>;
	/** Reads what the command line names for all builds, so that a mistake there is told once. */
	prepare(): Promise<void>;
	/** The Dockerfile's text. */
	read(build: Build): Promise<Uint8Array>;
}

const PROJECT_FILE = '.sallyport.yaml';
const DEFAULT_BUNDLE = 'baseline';
const bundles = new URL('../policies/bundles/', import.meta.url);

// A little more than each reader takes itself, so that it is the reader who says what is too much, and why.
const MAX_YAML_BYTES = 1024 * 1024;

interface Law {
	readonly project: Project;
	readonly bundle: Bundle;
}

/** @param alsoAsk rules that are asked although the bundle has switched them off */
export function workbench({policy, project}: Judging, alsoAsk: readonly RuleId[] = []): Workbench {
	const bundleOf = once(async (name: string) => asking(await readBundleOf(name), alsoAsk));
	// Most Dockerfiles have no project file: they share one law.
	const common = once(async (name: string): Promise<Law> => {
		return {project: noProject, bundle: strengthen(await bundleOf(name), noProject)};
	});
	const lawIn = once(async (file: string): Promise<Law> => {
		const read = await projectIn(file, project !== undefined);
		const name = policy ?? read.policy ?? DEFAULT_BUNDLE;
		return read === noProject
			? common(name)
			: {project: read, bundle: strengthen(await bundleOf(name), read)};
	});
	const contextIn = once((key: string) => contextOf(...(JSON.parse(key) as [string, string])));
	const read = async ({file, inline}: Build): Promise<Uint8Array> =>
		inline?.bytes ?? readRequiredFile(file, MAX_DOCKERFILE_BYTES);
	return {
		read,
		prepare: async () => {
			await (project === undefined ? (policy === undefined ? undefined : bundleOf(policy)) : lawIn(project));
		},
		look: async (build, wish, text) => {
			const bytes = text ?? (await read(build));
			const {file, target, buildArgs, contexts, context} = build;
			const law = await lawIn(project ?? join(context ?? dirname(file), PROJECT_FILE));
			const opened = openDockerfile({file, bytes, target, buildArgs, contexts});
			const folder = context ?? contextGuess(build);
			const ignoreFile = build.inline === undefined ? `${file}.dockerignore` : '';
			const circumstances = {
				...law,
				images: new Map(),
				proxy: undefined,
				isOffline: true,
				today: new Date().toISOString().slice(0, 10),
				...(!takesContext(opened)
					? {contextFiles: []}
					: folder === undefined
						? {contextFiles: undefined}
						: await contextIn(JSON.stringify([folder, ignoreFile]))),
			};
			return {bytes, opened, bundle: law.bundle, examined: examine(opened, circumstances, wish)};
		},
	};
}

function asking(bundle: Bundle, ids: readonly RuleId[]): Bundle {
	const silent = ids.filter(id => bundle.rules[id].level === 'off');
	const asked = silent.map(id => [id, {...bundle.rules[id], level: 'info'}] as const);
	return asked.length === 0 ? bundle : {...bundle, rules: {...bundle.rules, ...Object.fromEntries(asked)}};
}

/** Remembers what was made for a key, a failure too. */
function once<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
	const made = new Map<string, Promise<T>>();
	return key => {
		const known = made.get(key) ?? make(key);
		made.set(key, known);
		return known;
	};
}

/** Which files lie in the context is not guessed: a Dockerfile in a folder of its own is often built from another. */
function contextGuess({file, inline}: Build): string | undefined {
	return inline === undefined && resolve(dirname(file)) === process.cwd() ? '.' : undefined;
}

/** What of the build context is known: the paths in it that look like credentials, and what its ignore file says. */
async function contextOf(
	folder: string,
	ownIgnoreFile: string,
): Promise<Pick<Circumstances, 'contextFiles' | 'held' | 'manifests' | 'ignoreFile'>> {
	const own = ownIgnoreFile === '' ? undefined : await readOptionalFile(ownIgnoreFile, MAX_YAML_BYTES);
	const bytes = own ?? (await readOptionalFile(join(folder, '.dockerignore'), MAX_YAML_BYTES));
	const name = own === undefined ? '.dockerignore' : basename(ownIgnoreFile);
	const text = bytes === undefined ? undefined : new TextDecoder().decode(bytes);
	const listed = (await listContextFiles(folder, bytes)) ?? {contextFiles: undefined};
	return {...listed, ignoreFile: {name, text}};
}

async function projectIn(file: string, isAsked: boolean): Promise<Project> {
	const bytes = await (isAsked ? readRequiredFile : readOptionalFile)(file, MAX_YAML_BYTES);
	if (bytes === undefined) {
		return noProject;
	}

	// Loaded when there is one, with the YAML parser: most Dockerfiles have none.
	const {readProject} = await import('../frontend/read-project.ts');
	return readProject(new TextDecoder().decode(bytes), shownPath(file));
}

async function readBundleOf(policy: string): Promise<Bundle> {
	// A name has neither slash nor dot; everything else is a path.
	if (!/[/.]/.test(policy)) {
		return loadBundle(policy, bundles, new Date());
	}

	// Said here, in the words of a command, when there is none.
	await readRequiredFile(policy, MAX_YAML_BYTES);
	return loadBundleFile(pathToFileURL(resolve(policy)), bundles, new Date());
}
