/** What of the folders that come over is surely only there for the build. */
export interface Waste {
	/** Names of files, as patterns of find. */
	readonly files: readonly string[];
	/** Names of folders that go with all that is in them; with a slash, patterns of their whole path. */
	readonly folders: readonly string[];
	/** Absolute folders, where one of those that come over has them in it. */
	readonly places?: readonly string[];
	/** Files that stay, whatever their name: programs. */
	readonly kept: readonly string[];
}

/** Everybody's: the history of the sources, what editors and services keep there, and the recipe of the image itself. */
const ALWAYS: Pick<Waste, 'files' | 'folders'> = {
	folders: ['.git', '.github', '.gitlab', '.idea', '.vscode', '.devcontainer'],
	files: [
		'.gitignore',
		'.gitattributes',
		'.gitmodules',
		'.dockerignore',
		'.editorconfig',
		'Dockerfile',
		'*.Dockerfile',
	],
};

/** Words of a command line that need no quotes, and only they are written into one. */
export const PLAIN = /^[\w./@+:~-]{1,300}$/;

/**
 * The instructions that take it away in a stage of its own, before the folders are copied into the last one. The author's stage stays
 * as it is: its cache is worth more than a layer that nobody ships.
 */
export function pruning(
	folders: readonly string[],
	{files, folders: names, places = [], kept}: Waste,
): readonly string[] {
	const usable = folders.filter(folder => PLAIN.test(folder));
	if (usable.length === 0) {
		return [];
	}

	const where = usable.join(' ');
	const inside = places.filter(place => usable.some(folder => place.startsWith(`${folder}/`)));
	const spared = kept.filter(path => PLAIN.test(path)).map(path => ` ! -path ${path}`);
	const commands = [
		...(inside.length === 0 ? [] : [`rm -rf ${inside.join(' ')}`]),
		`find ${where} -type d ${anyOf([...ALWAYS.folders, ...names])} -prune -exec rm -rf {} +`,
		`find ${where} -type f ${anyOf([...ALWAYS.files, ...files])}${spared.join('')} -delete`,
	];
	return [`RUN ${commands.join(' && ')}`];
}

function anyOf(names: readonly string[]): string {
	return `\\( ${names.map(name => `${name.includes('/') ? '-path' : '-name'} '${name}'`).join(' -o ')} \\)`;
}
