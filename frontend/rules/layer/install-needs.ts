import {hasOption} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';

/** What of a build context an installation reads. */
export interface Needs {
	/** Paths of manifests, all of which are there. */
	readonly files: readonly string[];
	/** They are written to as well: what is written is lost, and the context's own come after. */
	readonly isWritten?: true;
	/** Packages run code of their own, which might look for the application's sources: only a build can tell. */
	readonly isOnTrial: boolean;
}

export type Manifests = ReadonlyMap<string, string>;

type Ask = (command: Command, manifests: Manifests) => Needs | undefined;

/** The manifests that an installation is made from; undefined where it may need other files of the context, too. */
export function needsOf(command: Command, manifests: Manifests): Needs | undefined {
	const name = command.name.replace(/^pip3$/, 'pip');
	return Object.hasOwn(asks, name) ? asks[name]?.(command, manifests) : undefined;
}

const asks: Readonly<Record<string, Ask>> = {
	npm: (command, manifests) => {
		const lock = ['npm-shrinkwrap.json', 'package-lock.json'].filter(name => manifests.has(name));
		const isClean = command.args.some(({value}) => value === 'ci' || value === 'clean-install');
		const needs = isClean && lock.length === 0 ? undefined : packages(command, manifests, lock);
		// Other installations write their manifests anew, as a rule as they were.
		return needs === undefined || isClean ? needs : {...needs, isWritten: true, isOnTrial: true};
	},
	yarn: (command, manifests) => {
		const isFirst =
			!manifests.has('.yarnrc.yml') &&
			!/"packageManager"\s*:\s*"yarn@[^1]/.test(manifests.get('package.json') ?? '');
		return isFirst && manifests.has('yarn.lock') && hasOption(command, 'frozen-lockfile')
			? packages(command, manifests, ['yarn.lock'])
			: undefined;
	},
	pnpm: (command, manifests) => {
		const isSimple = !['pnpm-workspace.yaml', '.pnpmfile.cjs'].some(name => manifests.has(name));
		return isSimple && manifests.has('pnpm-lock.yaml') && hasOption(command, 'frozen-lockfile')
			? packages(command, manifests, ['pnpm-lock.yaml'])
			: undefined;
	},
	pip: (command, manifests) => {
		const lists = command.args.flatMap(({value}, at, {[at + 1]: next}) =>
			value === '-r' || value === '--requirement' ? [next?.value ?? ''] : [],
		);
		const [list = ''] = lists;
		const text = manifests.get(list.replace(/^\.\//, ''));
		const isPlain =
			lists.length === 1 && text !== undefined && text !== '' && text.split('\n').every(isOfIndex);
		return isPlain && PIP.test(command.args.map(arg => arg.value ?? '?').join(' '))
			? {files: [list.replace(/^\.\//, '')], isOnTrial: false}
			: undefined;
	},
	go: (_, manifests) => {
		const text = manifests.get('go.mod') ?? '';
		const isLocal = /=>\s*\.{0,2}\//.test(text) || manifests.has('go.work');
		const files = ['go.mod', 'go.sum'].filter(name => manifests.has(name));
		return text === '' || isLocal ? undefined : {files, isOnTrial: false};
	},
	composer: (command, manifests) => {
		const {scripts, repositories, autoload = {}, config = {}} = json(manifests.get('composer.json'));
		const isMapped = isObject(autoload) && Object.keys(autoload).some(key => key !== 'psr-4');
		const isOptimised =
			hasOption(command, 'optimize-autoloader', 'o', 'classmap-authoritative', 'a', 'apcu-autoloader') ||
			/optimize-autoloader|classmap-authoritative/.test(JSON.stringify(config));
		const isAlone = scripts === undefined || hasOption(command, 'no-scripts');
		const isPlain = isAlone && repositories === undefined && !isMapped && !isOptimised;
		const files = ['composer.json', 'composer.lock'];
		return isPlain && files.every(name => manifests.has(name)) && !manifests.has('vendor/autoload.php')
			? {files, isOnTrial: true}
			: undefined;
	},
	bundle: (_, manifests) => {
		const text = manifests.get('Gemfile') ?? '';
		const isPlain = text !== '' && !/\bpath\b|gemspec|eval|File|Dir\b|IO\b|require|__dir__|`|%x/.test(text);
		const files = ['Gemfile', 'Gemfile.lock'];
		return isPlain && files.every(name => manifests.has(name)) && !manifests.has('.bundle/config')
			? // It writes its lock file anew, for the platform that it is on.
				{files, isWritten: true, isOnTrial: true}
			: undefined;
	},
};

/** pip with options that name no file but the list. */
const PIP =
	/^(?:-m pip )?install(?: (?:-U|-q|-qq|--upgrade|--user|--no-cache-dir|--no-deps|--no-compile|--quiet|--require-hashes|--prefer-binary|--only-binary[= ]\S+|--disable-pip-version-check|--no-input|--root-user-action[= ]ignore|--break-system-packages|--no-warn-script-location|(?:-r|--requirement) \S+))+$/;

/** Installs packages that node's registries have, by these lock files. */
function packages(command: Command, manifests: Manifests, locks: readonly string[]): Needs | undefined {
	const text = manifests.get('package.json') ?? '';
	const manifest = json(text);
	const isQuiet = hasOption(command, 'ignore-scripts');
	const own = isObject(manifest['scripts']) ? Object.keys(manifest['scripts']) : [];
	const runsOwn = !isQuiet && (own.some(name => HOOKS.has(name)) || manifests.has('binding.gyp'));
	const isOther =
		manifest['workspaces'] !== undefined || manifest['patchedDependencies'] !== undefined || LOCAL.test(text);
	const isThere = INSTALLED.some(path => manifests.has(path));
	if (text === '' || Object.keys(manifest).length === 0 || runsOwn || isOther || isThere) {
		return undefined;
	}

	const settings = ['.npmrc', '.yarnrc'].filter(name => manifests.has(name));
	return {files: ['package.json', ...locks, ...settings], isOnTrial: !isQuiet};
}

/** What npm and its like run of the application itself when they install. */
const HOOKS: ReadonlySet<string> = new Set([
	...['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'],
	...['dependencies', 'pnpm:devPreinstall'],
]);
/** Packages that lie in the context, and those whose installation is known to look for the application's files. */
const LOCAL =
	/"(?:file|link|portal|workspace|patch):|:\s*"(?:\.{0,2}\/|~\/)|"(?:@prisma\/client|prisma|puppeteer|contentlayer)"|patchedDependencies/;
/** Packages of the author's own machine. */
const INSTALLED = [
	'node_modules/.package-lock.json',
	'node_modules/.yarn-integrity',
	'node_modules/.modules.yaml',
];

/** A line of a list of requirements that names a package of an index, and no file. */
function isOfIndex(line: string): boolean {
	const text = line.replace(/(?:^|\s)#.*$/, '').trim();
	return (
		text === '' ||
		/^(?:-i|--index-url|--extra-index-url|--trusted-host)[ =]\S+$/.test(text) ||
		(/^[A-Za-z0-9]/.test(text) && !/file:|\.(?:whl|zip|tar\.\w+|tgz)\b|^\S*\//.test(text))
	);
}

function json(text: string | undefined): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(text ?? '');
		return isObject(value) ? value : {};
	} catch {
		return {};
	}
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
