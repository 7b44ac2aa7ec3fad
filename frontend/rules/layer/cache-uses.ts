import type {Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {type Family, familiesOf} from '../base-family.ts';
import {removesAny} from '../cache/removals.ts';
import type {Invocation} from '../package/invocations.ts';
import {mountsOf} from '../package/mounts.ts';
import {type Run, runsOf} from '../package/runs.ts';
import {baseImageOf} from '../package/stages.ts';
import type {Subject} from '../rule.ts';
import {below, resolvePath} from '../secret/paths.ts';
import {type AroundOf, aroundOf, NODE} from './cache-around.ts';
import {copiesOf} from './copies.ts';
import {type Around, type PackageCache, packageCaches} from './package-caches.ts';

/** A step that loads packages which nothing keeps. */
export interface CacheUse {
	readonly run: Run;
	/** `npm ci` */
	readonly name: string;
	/** Where they could be kept; empty when that is not known. */
	readonly folders: readonly string[];
	readonly cache: PackageCache;
	/** As flags of the step; undefined where it cannot be written to, or is needed elsewhere. */
	readonly flags: readonly string[] | undefined;
	readonly edits: readonly Edit[];
}

/** What is kept in a step. */
export interface Keeping {
	readonly run: Run;
	readonly flags: readonly string[];
	readonly edits: readonly Edit[];
	readonly isOnTrial: boolean;
	/** Steps that must keep it too, or none of them may. */
	readonly with: readonly Run[];
}

/** Steps of one file that are looked at: nobody honest has more that install. */
const MAX_USES = 64;

export function cacheUses(subject: Subject): readonly CacheUse[] {
	const around = aroundOf(subject);
	const families = familiesOf(subject);
	return runsOf(subject)
		.filter(({script: {instruction}}) => !mountsOf(instruction).some(({type}) => type === 'cache'))
		.flatMap(run => usesIn(subject, run, around, families.get(run.script.stage)))
		.slice(0, MAX_USES);
}

function usesIn(
	subject: Subject,
	run: Run,
	aroundOf: AroundOf,
	family: Family | undefined,
): readonly CacheUse[] {
	const byManager = Map.groupBy(run.invocations.filter(isKept), ({manager}) => manager);
	return [...byManager].flatMap(([manager, invocations]) => {
		const cache = packageCaches[manager];
		const [first] = invocations;
		if (cache === undefined || first === undefined) {
			return [];
		}

		const use = useOf({subject, run, cache, invocations, family}, aroundOf(first));
		return use === undefined ? [] : [{...use, name: `${first.command.name} ${first.verb}`.trim()}];
	});
}

/** Installs for sure, and has not said that nothing is to be kept. */
function isKept({act, manager, command}: Invocation): boolean {
	const {isConditional, assignments} = command;
	const isOff = assignments.some(({name}) => name === 'PIP_NO_CACHE_DIR' || name === 'UV_NO_CACHE');
	return act === 'install' && packageCaches[manager] !== undefined && !isConditional && !isOff;
}

interface Using {
	readonly subject: Subject;
	readonly run: Run;
	readonly cache: PackageCache;
	readonly invocations: readonly Invocation[];
	readonly family: Family | undefined;
}

function useOf(
	{subject, run, cache, invocations, family}: Using,
	around: Around | undefined,
): Omit<CacheUse, 'name'> | undefined {
	const {commands, instruction} = run.script;
	const folders = around === undefined ? [] : (cache.folders(around) ?? []);
	const cleans = run.invocations.some(
		({act, manager}) => act === 'clean' && manager === invocations[0]?.manager,
	);
	const isMeant = invocations.every(each => cache.mayKeep?.(each) ?? true);
	// Who looks into the folder, or cleans up, has chosen another way. apt's and dnf's own folders are not those they clean.
	const isOurs = folders.some(folder => folder.includes('/sallyport-'));
	if (
		!isMeant ||
		(cleans && !isOurs) ||
		commands.some(command => removesAny(command, folders)) ||
		isOff(around)
	) {
		return undefined;
	}

	const edits = around === undefined ? [] : invocations.flatMap(each => cache.edits?.(each, around) ?? []);
	const made = edits.filter(edit => edit !== undefined);
	const isCertain =
		around !== undefined &&
		folders.length > 0 &&
		made.length === edits.length &&
		invocations.every(({command}) => command.startedBy === undefined) &&
		!mountsOf(instruction).some(({target}) => folders.some(folder => touches(folder, target))) &&
		!isNeeded(subject, run, cache);
	const id = cache.isCompiled === true ? libraryOf(subject, run.script.stage, family) : '';
	return {
		run,
		folders,
		cache,
		flags: isCertain ? folders.map(folder => flagOf(folder, cache, around, id)) : undefined,
		edits: made,
	};
}

function isOff(around: Around | undefined): boolean {
	return ['PIP_NO_CACHE_DIR', 'UV_NO_CACHE'].some(name => around?.get(name) !== undefined);
}

function touches(a: string, b: string): boolean {
	return b !== '' && (below(a, b) !== undefined || below(b, a) !== undefined);
}

/** What `npx` has loaded may be asked for when the container runs. */
function isNeeded({dockerfile}: Subject, {script: {commands}}: Run, cache: PackageCache): boolean {
	return (
		cache === packageCaches.npm &&
		(commands.some(
			({name, args}) => name === 'npx' || (name === 'npm' && args.some(({text}) => text === 'exec')),
		) ||
			dockerfile.instructions.some(({keyword, args}) => keyword !== 'RUN' && /\bnpx\b/.test(args)))
	);
}

/** Wheels compiled for one C library do not run with another, and their names do not tell. */
function libraryOf(subject: Subject, stage: Stage, family: Family | undefined): string {
	if (family !== undefined) {
		return family === 'alpine' ? 'musl' : '';
	}

	return (
		baseImageOf(subject, stage)
			?.name.replaceAll(/[^\w.-]+/g, '-')
			.slice(0, 60) ?? ''
	);
}

/** A cache belongs to the user that made it, so each has their own. */
function flagOf(folder: string, {isLocked}: PackageCache, {isRoot}: Around, library: string): string {
	const marks = [library, isRoot ? '' : String(NODE.uid)].filter(mark => mark !== '');
	const id = marks.length === 0 ? '' : `,id=${[folder, ...marks].join('@')}`;
	const owner = isRoot ? '' : `,uid=${NODE.uid},gid=${NODE.uid}`;
	return `--mount=type=cache,target=${folder}${id}${owner}${isLocked === true ? ',sharing=locked' : ''}`;
}

/** What is kept in which step: of what later steps look into, all of it or none. */
export function keepings(subject: Subject, uses: readonly CacheUse[]): ReadonlyMap<Run, Keeping> {
	const kept = new Map<Run, {flags: Set<string>; edits: Edit[]; isOnTrial: boolean; with: Set<Run>}>();
	const keep = (run: Run, flags: readonly string[]) => {
		const known = kept.get(run) ?? {flags: new Set(), edits: [], isOnTrial: false, with: new Set()};
		kept.set(run, known);
		for (const flag of flags) {
			known.flags.add(flag);
		}
		return known;
	};
	for (const {run, cache, flags, edits, folders} of uses) {
		const others = flags === undefined ? undefined : alsoSeenBy(subject, run, cache, folders);
		if (flags === undefined || others === undefined) {
			continue;
		}

		const known = keep(run, flags);
		known.edits.push(...edits);
		known.isOnTrial ||= cache.isOnTrial === true;
		for (const other of others) {
			known.with.add(other);
			keep(other, flags);
		}
	}

	return new Map(
		[...kept].map(([run, {flags, edits, isOnTrial, with: others}]) => [
			run,
			{run, flags: [...flags], edits, isOnTrial, with: [...others]},
		]),
	);
}

/** The steps after it that may look into what was kept; undefined where something else needs it. */
function alsoSeenBy(
	subject: Subject,
	run: Run,
	{isUsedLater}: PackageCache,
	folders: readonly string[],
): readonly Run[] | undefined {
	if (isUsedLater !== true) {
		return [];
	}

	const {stage, instruction} = run.script;
	const heirs = heirsOf(subject, stage);
	const isFrom = (each: Stage): boolean => heirs.has(each);
	const later = runsOf(subject).filter(
		({script}) =>
			isFrom(script.stage) &&
			!script.commands.every(({name}) => UNCONCERNED.has(name)) &&
			(script.stage !== stage || script.instruction.line > instruction.line),
	);
	const isMounted = later.some(each =>
		mountsOf(each.script.instruction).some(({target}) => folders.some(folder => touches(folder, target))),
	);
	const isFinal = subject.roleOf(stage) === 'final';
	return isFinal || isMounted || isTaken(subject, isFrom, folders) ? undefined : later;
}

/** Commands that start no package manager. */
const UNCONCERNED: ReadonlySet<string> = new Set([
	...[
		'find',
		'xargs',
		'sort',
		'uniq',
		'cut',
		'ldd',
		'awk',
		'grep',
		'dpkg-query',
		'rm',
		'rmdir',
		'mkdir',
		'cp',
		'mv',
	],
	...[
		'chmod',
		'chown',
		'ln',
		'test',
		'[',
		'echo',
		'printf',
		'cat',
		'touch',
		'true',
		'sed',
		'strip',
		'tar',
		'ls',
	],
]);

/** The stages that start from it, and itself. */
function heirsOf({dockerfile, references}: Subject, stage: Stage): ReadonlySet<Stage> {
	const heirs = new Set([stage]);
	// A stage starts from an earlier one only.
	for (const each of dockerfile.stages) {
		const parent = references.get(each)?.[0]?.stage;
		if (parent !== undefined && heirs.has(parent)) {
			heirs.add(each);
		}
	}

	return heirs;
}

/** Whether another stage copies it, or mounts it from the stage it lies in. */
function isTaken(subject: Subject, isFrom: (stage: Stage) => boolean, folders: readonly string[]): boolean {
	const {references} = subject;
	const isIn = (stage: Stage, kind: 'copy' | 'mount', text: string | undefined): boolean => {
		const origin = (references.get(stage) ?? []).find(each => each.kind === kind && each.text === text);
		return origin?.stage !== undefined && isFrom(origin.stage);
	};
	const isMounted = runsOf(subject).some(({script: {stage, instruction}}) =>
		mountsOf(instruction).some(
			({from, source}) => from !== '' && isIn(stage, 'mount', from) && lies(source, folders),
		),
	);
	const isCopied = copiesOf(subject).some(
		({from, sources, stage, step}) =>
			isIn(stage, 'copy', from?.value) && sources.some(source => lies(step.expand(source) ?? '', folders)),
	);
	return isMounted || isCopied;
}

/** Whether a path takes in one of the folders, or a part of it; a pattern is as wide as the folder it stands in. */
function lies(path: string, folders: readonly string[]): boolean {
	const known = resolvePath('/', path.replace(/(?:^|\/)[^/]*[*?[$].*$/s, '') || '/');
	return known === '/' || folders.some(folder => touches(folder, known));
}
