import type {EngineHandle} from '../../test/engine/engine.ts';
import {run} from '../../test/engine/run.ts';
import {type FileSystem, fileSystemOf, packagesOf} from '../../test/helpers/file-system.ts';
import {layersOf} from '../../test/helpers/rewritten.ts';

/** What of an image can be counted. */
export interface Figures {
	readonly megabytes: number;
	readonly layers: number;
	/** Of the system; of languages: npm, Python, Ruby. */
	readonly packages: number;
	readonly languagePackages: number;
	readonly setuid: number;
	readonly repairs: readonly string[];
	readonly takenBack: readonly string[];
}

const RECORD = '/etc/sallyport/build.json';

export async function figuresOf(engine: EngineHandle, image: string): Promise<Figures> {
	const {docker, env} = engine;
	const bytes = await run(docker, ['image', 'inspect', '-f', '{{.Size}}', image], {env});
	const system = await fileSystemOf(engine, image);
	const {repairs = [], selfTest} = JSON.parse(system.texts.get(RECORD) ?? '{}') as {
		readonly repairs?: readonly {readonly rule: string}[];
		readonly selfTest?: {readonly takenBack: readonly string[]};
	};
	return {
		megabytes: Number(bytes) / 1e6,
		layers: (await layersOf(engine, image)).length,
		packages: packagesOf(system).size,
		languagePackages: [...system.entries.keys()].filter(path => LANGUAGE_PACKAGE.test(path)).length,
		setuid: setuidOf(system),
		repairs: [...new Set(repairs.map(({rule}) => rule))],
		takenBack: selfTest?.takenBack ?? [],
	};
}

const LANGUAGE_PACKAGE =
	/(?:\/node_modules\/(?:@[^/]+\/)?[^@./][^/]*\/package\.json|\.(?:dist|egg)-info|\/specifications\/[^/]+\.gemspec)$/;

function setuidOf({entries}: FileSystem): number {
	const set = [...entries.values()].filter(({type, mode}) => type === 'f' && (mode & 0o6000) !== 0);
	return new Set(set.map(({inode}) => inode)).size;
}
