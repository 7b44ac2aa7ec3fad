import {hasOption, optionValue, subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {compiledPlan} from './compiled.ts';
import {type Effect, type Place, type Reader, writes} from './effect.ts';
import {isOnAlpine, STATIC_IMAGES, systemImages} from './runtime-base.ts';
import type {Candidate, Language, SplitPlan} from './split.ts';

/** Go: one program comes over, and what was copied beside its sources. */
export const go: Language = {name: 'Go', plan};

const CERTIFICATES = ['/etc/ssl/certs', '/usr/share/ca-certificates'];

function plan(candidate: Candidate): SplitPlan | undefined {
	const {image} = candidate;
	if (image.name !== 'golang' || image.registry !== '') {
		return undefined;
	}

	const builds = candidate.runs.flatMap(({commands}) => commands).filter(isBuild);
	const isStatic = builds.length > 0 && builds.every(command => hasNoC(candidate, command));
	return compiledPlan(candidate, {
		leaves: 'the Go toolchain and the sources',
		read: readGo,
		builds: isBuild,
		workdir: '/go',
		runners: ({names}) => names.some(name => RUNNERS.has(name)),
		bin: '/go/bin',
		left: ['/go/pkg', '/root/.cache/go-build', '/root/go/pkg', '/go/src/golang.org'],
		waste: {
			files: [
				'*.go',
				'go.mod',
				'go.sum',
				'go.work',
				'go.work.sum',
				'.golangci.yml',
				'.golangci.yaml',
				'.air.toml',
			],
			folders: [],
			places: ['/go/pkg'],
		},
		images: ({isAlone}) =>
			isStatic && isAlone ? [...STATIC_IMAGES, ...systemImages(candidate)] : systemImages(candidate),
		isBare: ref => STATIC_IMAGES.includes(ref),
		brought: ref => [
			// A program looks for time zones in the Go that built it, too, and Alpine has no others.
			...(isOnAlpine(candidate) || STATIC_IMAGES.includes(ref) ? ['/usr/local/go/lib/time'] : []),
			...(isOnAlpine(candidate) || STATIC_IMAGES.includes(ref) ? [] : CERTIFICATES),
		],
		isTool: name => TOOLS.has(name),
	});
}

/** Programs that build and run the sources whenever they change, and Go's own. */
const RUNNERS: ReadonlySet<string> = new Set([
	'go',
	'make',
	'air',
	'reflex',
	'gin',
	'fresh',
	'CompileDaemon',
	'dlv',
	'realize',
	'modd',
	'task',
]);
/** Packages that fetch and generate sources. */
const TOOLS: ReadonlySet<string> = new Set([
	'protobuf-compiler',
	'protoc',
	'upx',
	'upx-ucl',
	'mercurial',
	'bzr',
	'subversion',
]);

function isBuild(command: Command): boolean {
	return command.name === 'go' && ['build', 'install', 'get'].includes(subcommandOf(command) ?? '');
}

/** `CGO_ENABLED=0` before the command, exported in its script, or by ENV: then nothing but the program is needed. */
function hasNoC(candidate: Candidate, {assignments, script, starter}: Command): boolean {
	const own = [...assignments, ...(starter?.assignments ?? [])].find(({name}) => name === 'CGO_ENABLED');
	if (own !== undefined) {
		return own.value?.value === '0';
	}

	const isExported = script.commands.some(
		({name, args}) =>
			(name === 'export' || name === 'env') && args.some(({value}) => value === 'CGO_ENABLED=0'),
	);
	const step = candidate.steps.find(({instruction}) => instruction === script.instruction);
	return isExported || step?.get('CGO_ENABLED') === '0';
}

export const readGo: Reader = (command, place) => {
	if (command.name === 'gofmt' || command.name === 'golangci-lint') {
		return [];
	}

	return command.name === 'go' ? goEffects(command, place) : undefined;
};

function goEffects(command: Command, place: Place): readonly Effect[] | undefined {
	switch (subcommandOf(command)) {
		case 'build':
			return [buildEffect(command, place)];
		case 'install':
			return [];
		case 'get':
		case 'mod':
		case 'generate':
		case 'work':
			return [writes(place.folder, 'go')];
		case 'vet':
		case 'test':
		case 'version':
		case 'env':
		case 'clean':
		case 'list':
		case 'fmt':
		case 'tool':
			return [];
		default:
			return undefined;
	}
}

/** Where `-o` says, else beside the sources, by the name of their folder. */
function buildEffect(command: Command, place: Place): Effect {
	if (!hasOption(command, 'o')) {
		return writes(place.folder, 'go build');
	}

	const output = optionValue(command, 'o');
	const word = command.args[command.args.findIndex(({text}) => text === '-o') + 1];
	const path = place.path(word) ?? (output?.startsWith('/') === true ? output : undefined);
	return writes(path, 'go build');
}
