import {operandsOf, subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {imageNameOf} from '../base/image-name.ts';
import {compiledPlan} from './compiled.ts';
import {type Effect, type Place, type Reader, writes} from './effect.ts';
import type {Candidate, Language, SplitPlan} from './split.ts';
import type {Started} from './started.ts';

/** .NET: what was published goes over to the runtime of the same version and system. */
export const dotnet: Language = {name: '.NET', plan};

const SDK = 'mcr.microsoft.com/dotnet/sdk';

function plan(candidate: Candidate): SplitPlan | undefined {
	const {full, tag} = imageNameOf(candidate.ref);
	if (full !== SDK || tag === undefined) {
		return undefined;
	}

	return compiledPlan(candidate, {
		leaves: 'the .NET SDK and the sources',
		read,
		builds: command => command.name === 'dotnet' && BUILDS.has(subcommandOf(command) ?? ''),
		workdir: '/',
		runners: ({commands}) => commands.some(command => RUNS.has(subcommandOf(command) ?? '')),
		given: givenTo,
		present: ['dotnet'],
		left: ['/root/.nuget', '/root/.dotnet', '/root/.local/share/NuGet'],
		waste: {
			files: ['*.cs', '*.fs', '*.vb', '*.csproj', '*.fsproj', '*.vbproj', '*.sln', '*.slnx'],
			folders: ['obj'],
		},
		images: () => [`mcr.microsoft.com/dotnet/aspnet:${tag}`],
		// The runtime's image says where to listen; the SDK's, in which this was tried, says nothing.
		settings: ['ENV ASPNETCORE_URLS= ASPNETCORE_HTTP_PORTS='],
		isLinked: false,
	});
}

const BUILDS: ReadonlySet<string> = new Set(['publish', 'build']);
const RUNS: ReadonlySet<string> = new Set(['run', 'watch', 'test', 'ef', 'tool', 'fsi']);

function givenTo({commands, pathOf}: Started): readonly string[] | undefined {
	const [file] = commands.filter(({name}) => name === 'dotnet').flatMap(each => operandsOf(each));
	const command = commands.find(({name}) => name === 'dotnet');
	const path =
		command === undefined || file?.value?.endsWith('.dll') !== true ? undefined : pathOf(command, file);
	return path === undefined ? undefined : [path];
}

const read: Reader = (command, place) => (command.name === 'dotnet' ? effects(command, place) : undefined);

function effects(command: Command, place: Place): readonly Effect[] | undefined {
	switch (subcommandOf(command)) {
		case 'restore':
		case 'nuget':
		case 'tool':
		case 'test':
		case 'dev-certs':
		case 'clean':
			return [];
		case 'build':
		case 'publish':
			return [writes(place.folder, 'dotnet'), ...outputOf(command, place)];
		default:
			return undefined;
	}
}

function outputOf({args}: Command, place: Place): readonly Effect[] {
	const at = args.findIndex(({text}) => text === '-o' || text === '--output');
	const joined = args.find(({text}) => text.startsWith('--output='))?.value?.slice('--output='.length);
	if (at === -1 && joined === undefined) {
		return [];
	}

	const path = joined?.startsWith('/') === true ? joined : place.path(args[at + 1]);
	return [writes(path, 'dotnet publish')];
}
