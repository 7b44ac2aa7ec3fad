import {operandsOf, optionValue, subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {compiledPlan} from './compiled.ts';
import {type Effect, type Place, type Reader, writes} from './effect.ts';
import {isOnAlpine, STATIC_IMAGES, systemImages} from './runtime-base.ts';
import type {Candidate, Language, SplitPlan} from './split.ts';

/** Rust: the program comes over with what was copied beside its sources; of `target/` only what is no leftover of the compiler. */
export const rust: Language = {name: 'Rust', plan};

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image} = candidate;
	if (image.name !== 'rust' || image.registry !== '') {
		return undefined;
	}

	const builds = candidate.runs.flatMap(({commands}) => commands).filter(isBuild);
	const isStatic =
		builds.length > 0 && builds.every(command => /-musl$/.test(optionValue(command, 'target') ?? ''));
	return compiledPlan(candidate, {
		leaves: 'the Rust toolchain and the sources',
		read: readRust,
		builds: isBuild,
		workdir: '/',
		runners: ({names}) => names.some(name => RUNNERS.has(name)),
		bin: '/usr/local/cargo/bin',
		left: ['/usr/local/cargo/registry', '/usr/local/cargo/git', '/usr/local/rustup', '/root/.cargo'],
		waste: {
			files: [
				'*.rs',
				'*.rlib',
				'*.rmeta',
				'*.d',
				'Cargo.toml',
				'Cargo.lock',
				'rust-toolchain',
				'rust-toolchain.toml',
				'rustfmt.toml',
				'clippy.toml',
				'.cargo-lock',
				'CACHEDIR.TAG',
			],
			folders: [
				'.fingerprint',
				'incremental',
				'.cargo',
				'*/release/deps',
				'*/release/build',
				'*/release/examples',
				'*/target/debug',
			],
		},
		images: ({isAlone}) =>
			isStatic && isAlone ? [...STATIC_IMAGES, ...systemImages(candidate)] : systemImages(candidate),
		isBare: ref => STATIC_IMAGES.includes(ref),
		brought: () => (isOnAlpine(candidate) ? [] : ['/etc/ssl/certs', '/usr/share/ca-certificates']),
		isTool: name => TOOLS.has(name),
	});
}

function isBuild(command: Command): boolean {
	return (
		command.name === 'rustc' ||
		(command.name === 'cargo' && ['build', 'b', 'install'].includes(subcommandOf(command) ?? ''))
	);
}

const RUNNERS: ReadonlySet<string> = new Set(['cargo', 'make', 'just', 'watchexec', 'trunk']);
const TOOLS: ReadonlySet<string> = new Set([
	'protobuf-compiler',
	'protoc',
	'clang',
	'lld',
	'mold',
	'musl-tools',
	'llvm',
]);

export const readRust: Reader = (command, place) => {
	if (command.name === 'rustup' || command.name === 'rustc') {
		return command.name === 'rustup' ? [] : [writes(place.path(outputOf(command)), 'rustc')];
	}

	return command.name === 'cargo' ? cargoEffects(command, place) : undefined;
};

function outputOf({args}: Command): Command['args'][number] | undefined {
	return args[args.findIndex(({text}) => text === '-o') + 1];
}

function cargoEffects(command: Command, place: Place): readonly Effect[] | undefined {
	switch (subcommandOf(command)?.replace(/^\+.*/, '')) {
		case 'build':
		case 'b':
		case 'check':
		case 'test':
		case 'fetch':
		case 'vendor':
		case 'update':
		case 'chef':
		case 'generate-lockfile':
			return [writes(targetOf(command, place), 'cargo')];
		case 'new':
		case 'init':
			return [writes(place.path(operandsOf(command)[1]) ?? place.folder, 'cargo')];
		case 'install':
		case 'clippy':
		case 'fmt':
		case 'clean':
			return [];
		default:
			return undefined;
	}
}

/** `target/` beside the sources, unless it is told another folder. */
function targetOf(command: Command, place: Place): string | undefined {
	const at = command.args.findIndex(({text}) => text === '--target-dir');
	return at === -1 ? place.folder : place.path(command.args[at + 1]);
}
