import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Chain, Step} from '../../stages/chain.ts';
import type {References} from '../../stages/references.ts';
import type {Subject} from '../rule.ts';
import {baseName, below, resolvePath, takesIn} from './paths.ts';
import {type SecretFile, secretFileOf} from './secret-files.ts';

/** A credential file in a stage: what it is, where it lies, and where in the Dockerfile it came in. */
export interface Landed {
	readonly file: SecretFile;
	/** Its name as COPY wrote it, or in the context. */
	readonly source: string;
	readonly path: string;
	readonly line: number;
	/** Line of the last COPY --from that took it on, when one did. */
	readonly via: number | undefined;
}

/** Stages can copy each other's files to two places each, and double them every time; nobody needs more than this. */
const MAX_LANDED = 32;
/** And they can nest them one folder deeper every time. */
const MAX_PATH = 512;

/** The credential files in the layers of a chain. Files of other stages count only where COPY --from takes them in. */
export function landedFiles(subject: Subject, chain: Chain): readonly Landed[] {
	const {references} = subject;
	const steps = Map.groupBy(subject.steps, ({stage}) => stage);
	const {held} = subject;
	const kindOf = (path: string): SecretFile | undefined => {
		const seen = held?.get(path);
		return seen === 'nothing' ? undefined : (seen ?? secretFileOf(path));
	};
	const contextSecrets = subject.contextFiles
		?.flatMap(path => {
			const file = kindOf(path);
			return file === undefined ? [] : [{path, file}];
		})
		.slice(0, MAX_LANDED);
	const isHarmless = (path: string): boolean => held?.get(path.replace(/^(?:\.?\/)+/, '')) === 'nothing';
	const byStage = new Map<Stage, readonly Landed[]>();
	const inChain = new Set(chain.stages);
	// Stages name only earlier ones, so going forward every source is there before it is asked for.
	for (const stage of subject.needed) {
		const inherited = listOf(byStage, references.get(stage)?.[0]?.stage);
		const origins = originsOf(references, stage);
		byStage.set(
			stage,
			landedIn(
				{steps: steps.get(stage) ?? [], stage, origins, byStage, contextSecrets, isHarmless},
				inherited,
				inChain.has(stage),
			),
		);
	}

	return byStage.get(subject.target) ?? [];
}

interface Around {
	readonly steps: readonly Step[];
	readonly stage: Stage;
	/** The stages that COPY --from names here. */
	readonly origins: ReadonlyMap<string, Stage>;
	readonly byStage: ReadonlyMap<Stage, readonly Landed[]>;
	readonly contextSecrets: readonly {readonly path: string; readonly file: SecretFile}[] | undefined;
	/** Looked into, and nothing found. */
	readonly isHarmless: (path: string) => boolean;
}

function landedIn(around: Around, inherited: readonly Landed[], keepsRemoved: boolean): readonly Landed[] {
	let landed = inherited;
	let workdir = '/';
	for (const step of around.steps) {
		const {instruction} = step;
		if (instruction.keyword === 'WORKDIR') {
			workdir = resolvePath(workdir, step.expand(instruction.args)?.trim() ?? '');
		} else if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') {
			const more = copied(around, step, workdir).filter(({path}) => path.length <= MAX_PATH);
			landed = [...landed, ...more].slice(0, MAX_LANDED);
		} else if (instruction.keyword === 'RUN' && !keepsRemoved) {
			// In the image itself a removed file stays in the layer below; elsewhere only what is copied on counts.
			landed = landed.filter(({path}) => !removes(instruction, path));
		}
	}

	return landed;
}

function copied(around: Around, {instruction, expand}: Step, workdir: string): readonly Landed[] {
	const words = (instruction.json ?? instruction.words.map(({text}) => text)).map(
		word => expand(word) ?? word,
	);
	const [target = '.'] = words.slice(-1);
	const sources = words.slice(0, -1);
	const folder = resolvePath(workdir, target);
	const isFolder = sources.length > 1 || target.endsWith('/') || target === '.' || target === '..';
	const place = (name: string): string => (isFolder ? resolvePath(folder, name) : folder);
	const from = instruction.flags.find(({name}) => name === 'from')?.value;
	return sources.flatMap(source => {
		const known = knownFiles(around, instruction, source, from).map(({rest, ...landed}) => ({
			...landed,
			path: rest === '' ? place(baseName(landed.source)) : resolvePath(folder, rest),
		}));
		const isSeen = from === undefined && around.isHarmless(source);
		return known.length > 0 || isSeen ? known : byName(instruction, source, place(baseName(source)));
	});
}

type Known = Omit<Landed, 'path'> & {readonly rest: string};

/** Files that are known to lie where COPY takes from: in another stage, or in the build context. */
function knownFiles(
	around: Around,
	{line}: Instruction,
	source: string,
	from: string | undefined,
): readonly Known[] {
	if (from !== undefined) {
		const there = listOf(around.byStage, around.origins.get(from));
		return there.flatMap(landed => {
			const rest = below(resolvePath('/', source), landed.path);
			return rest === undefined ? [] : [{...landed, via: line, rest}];
		});
	}

	return (around.contextSecrets ?? []).flatMap(({path, file}) => {
		const depth = resolvePath('/', source).split('/').filter(Boolean).length;
		const rest = path.split('/').filter(Boolean).slice(depth).join('/');
		return takesIn(source, path) ? [{file, source: path, line, via: undefined, rest}] : [];
	});
}

function originsOf(references: References, stage: Stage): ReadonlyMap<string, Stage> {
	const copies = (references.get(stage) ?? []).filter(({kind}) => kind === 'copy');
	return new Map(
		copies.flatMap(({text, stage: origin}) => (origin === undefined ? [] : [[text, origin] as const])),
	);
}

function listOf(byStage: ReadonlyMap<Stage, readonly Landed[]>, stage: Stage | undefined): readonly Landed[] {
	return (stage === undefined ? undefined : byStage.get(stage)) ?? [];
}

/** Without knowledge of the files, their names have to do: the source's, or the one it gets. */
function byName({line}: Instruction, source: string, path: string): readonly Landed[] {
	const isHeredoc = source.startsWith('<<');
	const file = (isHeredoc ? undefined : secretFileOf(source)) ?? secretFileOf(path);
	return file === undefined
		? []
		: [{file, source: isHeredoc ? baseName(path) : source, path, line, via: undefined}];
}

function removes({args, heredocs}: Instruction, path: string): boolean {
	const script = [args, ...heredocs.map(({content}) => content)].join('\n');
	return /\brm\s/.test(script) && script.includes(baseName(path));
}
