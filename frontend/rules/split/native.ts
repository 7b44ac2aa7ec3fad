import {optionValue, subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {smallerOf} from '../base/smaller-images.ts';
import {compiledPlan} from './compiled.ts';
import {type Effect, type Place, type Reader, unknown, writes} from './effect.ts';
import {readGo} from './go.ts';
import {readRust} from './rust.ts';
import type {Candidate, Language, SplitPlan} from './split.ts';

/** C, C++ and others with a compiler from the distribution: the same system, without the packages that only build. */
export const native: Language = {name: 'C', plan};

const SYSTEMS: ReadonlySet<string> = new Set(['debian', 'ubuntu', 'alpine']);

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image, ref} = candidate;
	if (!SYSTEMS.has(image.name) || image.registry !== '') {
		return undefined;
	}

	const smaller = smallerOf(ref)?.ref;
	return compiledPlan(candidate, {
		leaves: 'compilers, headers and the sources',
		read: readerOf(candidate),
		builds: command => BUILDERS.has(command.name),
		workdir: '/',
		runners: ({names}) => names.some(name => BUILDERS.has(name)),
		// What is installed there is all the author's: these systems come with nothing in it.
		whole: '/usr/local',
		bin: '/usr/local/bin',
		present: ['sh', 'bash'],
		left: ['/root/.cache', '/root/go/pkg', '/root/.cargo/registry', '/usr/src', '/usr/local/src'],
		waste: {
			files: [
				...[
					'*.c',
					'*.cc',
					'*.cpp',
					'*.cxx',
					'*.h',
					'*.hh',
					'*.hpp',
					'*.o',
					'*.lo',
					'*.la',
					'*.go',
					'*.rs',
					'*.d',
				],
				...['CMakeLists.txt', 'CMakeCache.txt', 'Makefile', 'GNUmakefile', 'Makefile.am', 'Makefile.in'],
				...[
					'configure',
					'configure.ac',
					'config.log',
					'config.status',
					'go.mod',
					'go.sum',
					'Cargo.toml',
					'Cargo.lock',
				],
			],
			folders: ['CMakeFiles', '.deps', 'autom4te.cache'],
		},
		images: () => (smaller === undefined ? [ref] : [smaller, ref]),
		isTool: name => TOOLS.has(name),
		needsTools: true,
	});
}

const BUILDERS: ReadonlySet<string> = new Set([
	'gcc',
	'g++',
	'cc',
	'c++',
	'clang',
	'clang++',
	'make',
	'gmake',
	'cmake',
	'ninja',
	'meson',
	'go',
	'cargo',
	'rustc',
]);
const TOOLS: ReadonlySet<string> = new Set([
	'golang',
	'golang-go',
	'go',
	'cargo',
	'rustc',
	'rust',
	'cmake',
	'extra-cmake-modules',
	'scons',
	'doxygen',
]);
/** They tell something, or change what is there. */
const PURE: ReadonlySet<string> = new Set([
	'nproc',
	'getconf',
	'strip',
	'ldconfig',
	'dpkg-architecture',
	'autoreconf',
	'autoconf',
	'automake',
	'aclocal',
	'libtoolize',
	'autogen.sh',
	'bootstrap',
]);

function readerOf({runs}: Candidate): Reader {
	const prefixes = runs.flatMap(({text}) =>
		Array.from(
			text.matchAll(/(?:--prefix[= ]|\bPREFIX=|CMAKE_INSTALL_PREFIX(?::\w{1,12})?=)([\w./-]{1,200})/g),
			([, path = '']) => path,
		),
	);
	const prefix =
		prefixes.length === 0 ? '/usr/local' : new Set(prefixes).size === 1 ? prefixes[0] : undefined;
	return (command, place) => {
		if (PURE.has(command.name)) {
			return [];
		}

		return nativeEffects(command, place, prefix) ?? readGo(command, place) ?? readRust(command, place);
	};
}

function nativeEffects(
	command: Command,
	place: Place,
	prefix: string | undefined,
): readonly Effect[] | undefined {
	switch (command.name) {
		case 'gcc':
		case 'g++':
		case 'cc':
		case 'c++':
		case 'clang':
		case 'clang++':
			return [compiled(command, place)];
		case 'make':
		case 'gmake':
		case 'ninja':
			return made(command, place, prefix);
		case 'cmake':
			return cmakeEffects(command, place, prefix);
		case 'configure':
			return [writes(place.folder, 'configure')];
		default:
			return undefined;
	}
}

function compiled(command: Command, place: Place): Effect {
	const at = command.args.findIndex(({text}) => text === '-o');
	return writes(at === -1 ? place.folder : place.path(command.args[at + 1]), command.name);
}

/** In the tree of the sources; `install` puts it where the prefix says. */
function made(command: Command, place: Place, prefix: string | undefined): readonly Effect[] {
	const at = command.args.findIndex(({text}) => text === '-C' || text === '--directory');
	const folder = at === -1 ? place.folder : place.path(command.args[at + 1]);
	const isInstalling = command.args.some(({text}) => /^install(?:-|$)/.test(text));
	const isElsewhere = command.args.some(({text}) => text.startsWith('DESTDIR='));
	return [
		writes(folder, command.name),
		...(isElsewhere ? [unknown(`${command.name} with DESTDIR`)] : []),
		...(isInstalling ? [writes(prefix, `${command.name} install`)] : []),
	];
}

function cmakeEffects(command: Command, place: Place, prefix: string | undefined): readonly Effect[] {
	const isInstalling =
		optionValue(command, 'install') !== undefined ||
		command.args.some(({text}) => text === '--install' || text === 'install');
	const at = command.args.findIndex(({text}) => text === '-B' || text === '--build');
	const folder = at === -1 ? place.folder : place.path(command.args[at + 1]);
	const isScript = subcommandOf(command) === '-P' || command.args.some(({text}) => text === '-P');
	return [
		isScript ? unknown('cmake -P') : writes(folder, 'cmake'),
		...(isInstalling ? [writes(prefix, 'cmake --install')] : []),
	];
}
