import {isAbsolute, join, relative, resolve, sep} from 'node:path';

/** One build that is to be judged: a Dockerfile, and what decides how it is built. */
export interface Build {
	/** Path of the Dockerfile as it is shown, and as findings name it. */
	readonly file: string;
	/** Its text, where it is not the content of that file: from standard input, or written inside another file. */
	readonly inline?: Inline;
	/** Who builds it, such as `web in compose.yaml`; absent for a file that is looked at by itself. */
	readonly name?: string;
	readonly target: string | undefined;
	/** Folder of the build context; undefined when nobody says which. */
	readonly context: string | undefined;
	/** Names that stand in front of images of the same name. */
	readonly contexts: ReadonlySet<string>;
	readonly buildArgs: ReadonlyMap<string, string>;
}

export interface Inline {
	readonly bytes: Uint8Array;
	/** Lines of the file that stand before its first one. */
	readonly lineOffset: number;
}

/** What a file asks for that is not looked at here: said, and never taken for a pass. */
export interface Aside {
	readonly file: string;
	readonly line: number;
	readonly message: string;
}

export function isBuild(made: Build | Aside): made is Build {
	return 'buildArgs' in made;
}

export function isAside(made: Build | Aside): made is Aside {
	return !isBuild(made);
}

/** The builds of a Compose or Bake file. */
export interface Definition {
	readonly builds: readonly Build[];
	readonly asides: readonly Aside[];
}

/** What a service or target says of its build, with all variables put in. */
export interface Described {
	readonly name: string;
	/** The file that says so, and where in it. */
	readonly file: string;
	readonly line: number;
	/** Folder that relative paths start from. */
	readonly folder: string;
	readonly context: string;
	readonly dockerfile: string | undefined;
	readonly inline: Inline | undefined;
	readonly target: string | undefined;
	readonly buildArgs: ReadonlyMap<string, string>;
	readonly contexts: ReadonlySet<string>;
}

/** The target that no Dockerfile has a stage for. */
const PROXY_TARGET = 'sallyport-proxy';

/** A build that can be looked at here, or why it cannot. */
export function buildOf(described: Described): Build | Aside {
	const {name, file, line, folder, context, dockerfile = 'Dockerfile', inline, target} = described;
	if (isElsewhere(context)) {
		const message = `${name} is built from a context that is not on this machine, so its Dockerfile is not read`;
		return {file, line, message};
	}

	if (target?.toLowerCase() === PROXY_TARGET) {
		const message = `${name} is the proxy of an application, in an image of its own: its text is ours, and judged when it is built`;
		return {file, line, message};
	}

	const contextFolder = shownPath(isAbsolute(context) ? context : join(folder, context));
	const path = isAbsolute(dockerfile) ? dockerfile : join(contextFolder, dockerfile);
	return {
		file: inline === undefined ? shownPath(path) : file,
		...(inline === undefined ? {} : {inline}),
		name: `${name} in ${file}`,
		target,
		context: contextFolder,
		contexts: described.contexts,
		buildArgs: described.buildArgs,
	};
}

/** As Docker tells them from folders: URLs, git addresses, standard input, another target's result. */
function isElsewhere(context: string): boolean {
	return /^(?:[a-z][a-z\d+.-]*:|[^/\s]+@[^/\s]+:|github\.com\/|-$)/i.test(context);
}

/** A path as people name it: seen from the current folder when it lies below that, else as it is. */
export function shownPath(path: string): string {
	const below = relative('', resolve(path));
	return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below || '.';
}
