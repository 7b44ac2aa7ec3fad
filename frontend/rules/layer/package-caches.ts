import type {Edit} from '../../dockerfile/edit.ts';
import {insertAfter, insertBefore, replaceWord} from '../../shell/edits.ts';
import {hasOption, optionOf} from '../../shell/options.ts';
import type {Invocation} from '../package/invocations.ts';
import type {ManagerName} from '../package/managers.ts';

/** Where a package manager's command is carried out. */
export interface Around {
	/** Without a slash at the end. */
	readonly home: string;
	readonly isRoot: boolean;
	/** A variable of the environment; empty when it is set to what is not known. */
	readonly get: (name: string) => string | undefined;
}

/** What a package manager keeps of what it downloaded, and how it is told to keep it. */
export interface PackageCache {
	/** Absolute, apart from each other; undefined where they cannot be told. */
	readonly folders: (around: Around) => readonly string[] | undefined;
	/** Two builds at once would be in each other's way. */
	readonly isLocked?: true;
	/** Later steps look into it again: then all of them must see it, and the image must not need it. */
	readonly isUsedLater?: true;
	/** What is compiled lies in it too, and fits one C library. */
	readonly isCompiled?: true;
	/** It was not tried with every version of the manager: only where a build shows it. */
	readonly isOnTrial?: true;
	readonly mayKeep?: (invocation: Invocation) => boolean;
	/** What the command has to be told; undefined where it cannot be. */
	readonly edits?: (invocation: Invocation, around: Around) => readonly (Edit | undefined)[];
}

/** Folders of our own lie where nobody cleans up: a mount that is removed with the folder it lies in fails the step. */
const APT = '/var/lib/sallyport-apt';
const DNF = '/var/lib/sallyport-dnf';

/** In the words of their manuals. */
export const packageCaches: Readonly<Partial<Record<ManagerName, PackageCache>>> = {
	npm: {
		folders: ({home, get}) => one(get('npm_config_cache') ?? get('NPM_CONFIG_CACHE') ?? `${home}/.npm`),
		mayKeep: ({command}) => !hasOption(command, 'cache'),
	},
	// Only the first version's folder: from the second's a program may run.
	yarn: {
		folders: ({home, isRoot, get}) =>
			get('YARN_CACHE_FOLDER') === undefined
				? [isRoot ? '/usr/local/share/.cache/yarn' : `${home}/.cache/yarn`]
				: undefined,
		mayKeep: ({command}) => !hasOption(command, 'cache-folder'),
	},
	pnpm: {
		folders: ({home, get}) =>
			one(`${get('PNPM_HOME') ?? `${get('XDG_DATA_HOME') ?? `${home}/.local/share`}/pnpm`}/store`),
		isUsedLater: true,
		mayKeep: ({command}) => !hasOption(command, 'store-dir'),
	},
	pip: {
		folders: around => one(around.get('PIP_CACHE_DIR') ?? `${cacheHome(around)}/pip`),
		isCompiled: true,
		mayKeep: ({command}) => !hasOption(command, 'no-cache-dir', 'cache-dir') && command.name !== 'pipx',
	},
	uv: {
		folders: around => one(around.get('UV_CACHE_DIR') ?? `${cacheHome(around)}/uv`),
		isCompiled: true,
		mayKeep: ({command}) => !hasOption(command, 'no-cache', 'n', 'cache-dir'),
	},
	bundle: {
		// Beside the gems, and of no use to them.
		folders: ({get}) =>
			get('BUNDLE_PATH') === undefined && get('GEM_HOME') !== undefined
				? one(`${get('GEM_HOME')}/cache`)
				: undefined,
	},
	composer: {
		folders: around => one(around.get('COMPOSER_CACHE_DIR') ?? `${cacheHome(around)}/composer`),
		mayKeep: ({command}) => !hasOption(command, 'no-cache'),
		// Where it keeps things by itself depends on which folders there are.
		edits: ({command}, around) =>
			around.get('COMPOSER_CACHE_DIR') === undefined
				? [insertBefore(command, `COMPOSER_CACHE_DIR=${cacheHome(around)}/composer `)]
				: [],
	},
	go: {
		folders: around => {
			const {home, get} = around;
			const modules = get('GOMODCACHE') ?? `${get('GOPATH')?.split(':')[0] ?? `${home}/go`}/pkg/mod`;
			return all(modules, get('GOCACHE') ?? `${cacheHome(around)}/go-build`);
		},
		isUsedLater: true,
	},
	cargo: {
		folders: ({home, get}) => {
			const own = get('CARGO_HOME') ?? `${home}/.cargo`;
			return all(`${own}/registry`, `${own}/git`);
		},
		isUsedLater: true,
	},
	maven: {
		folders: ({home}) => one(`${home}/.m2/repository`),
		isLocked: true,
		isUsedLater: true,
		// What it installs there itself another project would find.
		mayKeep: ({command}) =>
			!command.args.some(
				({unquoted}) => /^(?:install|deploy)(?::|$)/.test(unquoted) || /maven\.repo\.local/.test(unquoted),
			),
	},
	gradle: {
		folders: ({home, get}) => {
			const own = get('GRADLE_USER_HOME') ?? `${home}/.gradle`;
			return all(`${own}/caches`, `${own}/wrapper`);
		},
		isLocked: true,
		isUsedLater: true,
		mayKeep: ({command}) => !hasOption(command, 'g', 'gradle-user-home'),
	},
	apt: {
		folders: ({isRoot}) => (isRoot ? [APT] : undefined),
		isLocked: true,
		mayKeep: ({command}) => command.name === 'apt-get' && !hasOption(command, 'download-only', 'd'),
		// Images of Debian and Ubuntu empty the usual folder after each step.
		edits: ({verbWord}) => [
			insertAfter(verbWord, ` -o Dir::Cache=${APT} -o APT::Keep-Downloaded-Packages=true`),
		],
	},
	dnf: {
		folders: ({isRoot}) => (isRoot ? [DNF] : undefined),
		isLocked: true,
		isOnTrial: true,
		mayKeep: ({command}) => /^dnf5?$/.test(command.name) && !hasOption(command, 'installroot'),
		edits: ({verbWord}) => [
			insertAfter(verbWord, ` --refresh --setopt=keepcache=True --setopt=cachedir=${DNF}`),
		],
	},
	apk: {
		// apk keeps packages where this folder is there, and only then.
		folders: ({isRoot}) => (isRoot ? ['/etc/apk/cache'] : undefined),
		isLocked: true,
		isOnTrial: true,
		mayKeep: ({command}) => !hasOption(command, 'p', 'root', 'cache-dir'),
		edits: ({command, verbWord}) => {
			const without = optionOf(command, 'no-cache');
			return [
				without === undefined
					? insertAfter(verbWord, ' --update-cache')
					: replaceWord(without, '--update-cache'),
			];
		},
	},
};

function cacheHome({home, get}: Around): string {
	return get('XDG_CACHE_HOME') ?? `${home}/.cache`;
}

function one(folder: string): readonly string[] | undefined {
	return all(folder);
}

/** Those that can be written as a mount: absolute, of plain letters. */
function all(...folders: readonly string[]): readonly string[] | undefined {
	return folders.every(folder => /^(?:\/[\w.@+-]+)+$/.test(folder) && !/\/\.\.?(?:\/|$)/.test(folder))
		? folders
		: undefined;
}
