import type {Packages, Placed} from './effect.ts';

/** What a stage installs, divided into what only builds and what the program may need when it runs. */
export interface Installed {
	readonly manager: 'apt' | 'apk' | undefined;
	/** To be installed again in the last stage, in their order. */
	readonly kept: readonly string[];
	/** Those that only build. */
	readonly left: readonly string[];
	readonly options: readonly string[];
	/** `upgrade` brings fixes: they are wanted in the last stage, too. */
	readonly isUpgraded: boolean;
	/** Packages of the base image that the author takes away; what they are for is not known here. */
	readonly removed: readonly {readonly name: string; readonly line: number}[];
}

/** @param isTool says of more packages that they only build */
export function installedBy(
	placed: readonly Placed[],
	isTool: (name: string) => boolean = () => false,
): Installed {
	const all = placed.flatMap(({effect}) => (effect.kind === 'packages' ? effect : []));
	const gone = new Set(all.filter(({act}) => act === 'remove').flatMap(({names}) => names));
	const installs = all.filter(({act}) => act === 'install');
	const lasting = installs.filter(({virtual}) => virtual === undefined || !gone.has(virtual));
	const names = [...new Set(lasting.flatMap(each => each.names))].filter(name => !gone.has(nameOf(name)));
	const own = new Set(installs.flatMap(each => [...each.names.map(nameOf), each.virtual ?? '']));
	const isBuilding = (name: string): boolean => isBuildPackage(nameOf(name)) || isTool(nameOf(name));
	return {
		manager: all[0]?.manager,
		kept: names.filter(name => !isBuilding(name)),
		left: names.filter(isBuilding),
		options: isOftenest(installs) ? ['--no-install-recommends'] : [],
		isUpgraded: all.some(({act}) => act === 'upgrade'),
		removed: placed.flatMap(({effect, line}) => {
			const names = effect.kind === 'packages' && effect.act === 'remove' ? effect.names : [];
			return names.filter(name => !own.has(name)).map(name => ({name, line}));
		}),
	};
}

/** Where one install asks for recommended packages, all of them get theirs. */
function isOftenest(installs: readonly Packages[]): boolean {
	return installs.every(({options}) => options.includes('--no-install-recommends'));
}

function nameOf(name: string): string {
	return name.split(/[=<>~]/, 1)[0] ?? name;
}

/** Packages that a program cannot need to run: compilers, headers, tools of builds. */
export function isBuildPackage(name: string): boolean {
	return (
		BUILD.has(name) || /^(?:gcc|g\+\+|cpp|clang|llvm|gfortran)(?:-\d{1,3})?$/.test(name) || isHeaders(name)
	);
}

function isHeaders(name: string): boolean {
	return (
		(/-(?:dev|devel|headers|static)$/.test(name) || /^linux-headers-/.test(name)) &&
		!name.startsWith('virtual-')
	);
}

const BUILD: ReadonlySet<string> = new Set([
	...[
		'build-essential',
		'build-base',
		'make',
		'cmake',
		'ninja-build',
		'ninja',
		'meson',
		'autoconf',
		'automake',
	],
	...[
		'libtool',
		'pkg-config',
		'pkgconf',
		'pkgconfig',
		'bison',
		'flex',
		'nasm',
		'yasm',
		'gettext-dev',
		'patch',
		'm4',
	],
	...[
		'gcc-c++',
		'rustc',
		'cargo',
		'golang',
		'golang-go',
		'swig',
		'dpkg-dev',
		'fakeroot',
		'debhelper',
		'binutils',
	],
	...[
		'python3-dev',
		'python-dev',
		'libc-dev',
		'libc6-dev',
		'musl-dev',
		'gdb',
		'ccache',
		'bc',
		're2c',
		'node-gyp',
	],
]);

/** The command that installs packages in the last stage, and leaves neither lists nor caches. */
export function installLine(
	manager: 'apt' | 'apk',
	{kept, options, isUpgraded}: Installed,
): string | undefined {
	if (kept.length === 0 && !isUpgraded) {
		return undefined;
	}

	const quoted = kept.map(name => (/[<>~*]/.test(name) ? `'${name}'` : name));
	if (manager === 'apk') {
		const upgrade = isUpgraded ? ['apk upgrade --no-cache'] : [];
		const add = kept.length === 0 ? [] : [`apk add --no-cache ${quoted.join(' ')}`];
		return `RUN ${[...upgrade, ...add].join(' && ')}`;
	}

	const words = ['apt-get install -y', ...options, ...quoted];
	const upgrade = isUpgraded ? ['apt-get upgrade -y'] : [];
	const install = kept.length === 0 ? [] : [words.join(' ')];
	return `RUN export DEBIAN_FRONTEND=noninteractive && apt-get update && ${[...upgrade, ...install].join(' && ')} && rm -rf /var/lib/apt/lists/* /var/cache/apt/*`;
}
