import {hasOption, operandsOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {type Accounted, accounted, isIn, isShared} from './accounting.ts';
import {type Effect, type Place, type Placed, type Reader, unknown, writes} from './effect.ts';
import {effectsOf} from './effects.ts';
import {installLibraries, listLibrariesOf} from './libraries.ts';
import {installedBy, installLine, isBuildPackage} from './packages.ts';
import {broughtPrograms} from './programs.ts';
import {PLAIN, pruning, type Waste} from './prune.ts';
import {firstKnown, isOnAlpine} from './runtime-base.ts';
import {type Candidate, type Doubt, PREPARED, type SplitPlan} from './split.ts';
import {type Started, startedIn} from './started.ts';

/** What a compiled language says of a stage that builds and runs. */
export interface Toolchain {
	/** What stays behind, for the message. */
	readonly leaves: string;
	readonly read: Reader;
	/** Whether a command builds: without one the stage is for something else. */
	readonly builds: (command: Command) => boolean;
	/** Where the stage stands when it has no WORKDIR. */
	readonly workdir: string;
	/** Programs that run the sources: such a start is one for development. */
	readonly runners: (started: Started) => boolean;
	/** What is started, where it is not the program itself: the file that it is given. */
	readonly given?: (started: Started) => readonly string[] | undefined;
	/** Where programs are put that PATH finds; it comes over with the last stage's PATH. */
	readonly bin?: string;
	/** Programs by name that the runtime image has. */
	readonly present?: readonly string[];
	/** Folders that only the build needs. */
	readonly left: readonly string[];
	readonly waste: Omit<Waste, 'kept'>;
	/** Images to run in, the best first. */
	readonly images: (need: Need) => readonly string[];
	/** Files of the build stage that its image brings and the smaller one lacks. */
	readonly brought?: (image: string) => readonly string[];
	/** Instructions that make up for settings of the one image that the other lacks. */
	readonly settings?: readonly string[];
	/** False where no program is linked to libraries of the system. */
	readonly isLinked?: boolean;
	/** A folder of the system's that has nothing but what the stage puts into it: it comes over whole, where something is put there. */
	readonly whole?: string;
	/** True where nothing is gained unless packages stay behind: the image to run in is the same. */
	readonly needsTools?: boolean;
	/** Packages that only build, beside those that do everywhere. */
	readonly isTool?: (name: string) => boolean;
	/** Whether the image to run in may have no shell and no package manager. */
	readonly isBare?: (image: string) => boolean;
}

/** What the smaller image has to bring. */
export interface Need {
	/** True where nothing but the program is called, nothing is installed and no user is made. */
	readonly isAlone: boolean;
}

/** The split of a stage that compiles a program and starts it; absent where it does not. */
export function compiledPlan(candidate: Candidate, toolchain: Toolchain): SplitPlan | undefined {
	const started = startedIn(candidate, candidate.workdir ?? toolchain.workdir);
	const isBuilding = candidate.runs.some(({commands}) => commands.some(toolchain.builds));
	if (started === undefined || !isBuilding || toolchain.runners(started)) {
		return undefined;
	}

	const effects = effectsOf(candidate, readerOf(toolchain)).filter(
		placed => !isWasted(placed, toolchain.waste),
	);
	const programs = programsOf(started, toolchain, effects);
	const {whole, left, isTool, needsTools} = toolchain;
	const isWhole = (path: string): boolean => whole !== undefined && isIn(path, whole);
	const found = accounted(effects, {
		carried: programs.filter(path => !isShared(path) && !isWhole(path)),
		left: [...left, ...(whole === undefined ? [] : [whole])],
	});
	if (needsTools === true && installedBy(effects, isTool).left.length === 0) {
		return undefined;
	}

	const image = firstKnown(toolchain.images(needOf(started, effects, found.hasAccounts)), candidate);
	return image === undefined
		? undefined
		: planned(candidate, toolchain, {started, effects, programs, found, image});
}

/** Sources that are fetched by a step lie where they are put, like those that are copied. */
function readerOf({read}: Toolchain): Reader {
	return (command, place) =>
		read(command, place) ?? (command.name === 'git' ? gitEffects(command, place) : undefined);
}

/** Options of git that take the next word, before or after its verb. */
const GIT_VALUES = ['C', 'c', 'b', 'branch', 'depth', 'o', 'origin', 'j', 'jobs'];

function gitEffects(command: Command, place: Place): readonly Effect[] {
	const [verb, url, folder] = operandsOf(command, {withValue: GIT_VALUES});
	if (verb?.value !== 'clone') {
		return hasOption(command, 'C') || hasOption(command, 'global', 'system')
			? [unknown('git')]
			: [writes(place.folder, 'git')];
	}

	const name =
		place
			.text(url)
			?.replace(/\/+$/, '')
			.replace(/\.git$/, '')
			.split(/[/:]/)
			.at(-1) ?? '';
	const path = folder === undefined ? `${place.folder ?? ''}/${name}` : place.path(folder);
	return [
		name === '' || (folder === undefined && place.folder === undefined)
			? unknown('git clone')
			: writes(path, 'git clone'),
	];
}

interface Divided {
	readonly started: Started;
	readonly effects: readonly Placed[];
	readonly programs: readonly string[];
	readonly found: Accounted;
	readonly image: string;
}

function planned(
	candidate: Candidate,
	toolchain: Toolchain,
	{started, effects, programs, found, image}: Divided,
): SplitPlan {
	const {settings = [], workdir, leaves, whole, bin} = toolchain;
	const made = [...effects.map(({effect}) => pathIn(effect)), whole, bin].filter(path => path !== undefined);
	const isBare = toolchain.isBare?.(image) === true;
	const system = isBare ? undefined : systemFor(candidate, toolchain, effects, programs);
	const brought = toolchain.brought?.(image) ?? [];
	const stands = candidate.workdir === undefined && workdir !== '/' ? [`WORKDIR ${workdir}`] : [];
	return {
		leaves,
		base: {text: image, ref: image},
		prepare: [...present(brought), ...pruned(found.carried, toolchain, programs), ...(system?.prepare ?? [])],
		install: [
			...settings,
			...pathLine(started, toolchain),
			...stands,
			...(system?.install ?? []),
			...wholeLines(candidate, toolchain, effects),
		],
		carried: [...brought, ...found.carried],
		hasAccounts: found.hasAccounts,
		...(isBare || found.carried.every(path => programs.includes(path)) ? {} : {keepsOwners: true}),
		doubts: [...found.doubts, ...(system?.doubts ?? []), ...startDoubts(started, toolchain, made)],
	};
}

/** The program, or what the runtime is given to run. A program by its name is what a step wrote into such a folder, else in `bin`. */
function programsOf(
	started: Started,
	{given, bin}: Toolchain,
	effects: readonly Placed[],
): readonly string[] {
	const own = given?.(started) ?? [];
	const written = effects.flatMap(({effect}) => pathIn(effect) ?? []);
	const named = started.names
		.filter(name => !SHELL.test(name))
		.flatMap(name => {
			const paths = written.filter(path => path.endsWith(`bin/${name}`));
			return paths.length > 0 || bin === undefined ? paths : [`${bin}/${name}`];
		});
	return [...new Set([...started.paths, ...own, ...named])];
}

function needOf(started: Started, effects: readonly Placed[], hasAccounts: boolean): Need {
	const isInstalling = effects.some(
		({effect}) =>
			effect.kind === 'packages' && effect.act !== 'remove' && effect.names.some(name => !isHarmless(name)),
	);
	return {isAlone: !started.needsShell && !isInstalling && !hasAccounts};
}

/** What every image brings that has nothing but files. */
function isHarmless(name: string): boolean {
	return /^(?:ca-certificates|tzdata)$/.test(name) || isBuildPackage(name);
}

/** Packages that the program may need are installed again, and so are the libraries that it was linked to. */
function systemFor(
	candidate: Candidate,
	{isTool, isLinked = true}: Toolchain,
	effects: readonly Placed[],
	programs: readonly string[],
): Pick<SplitPlan, 'prepare' | 'install' | 'doubts'> {
	const installed = installedBy(effects, isTool);
	const isAlpine = isOnAlpine(candidate);
	const kept = [...new Set([...installed.kept, ...broughtPrograms(candidate)])];
	const again = installLine(installed.manager ?? (isAlpine ? 'apk' : 'apt'), {...installed, kept});
	const asked = programs.filter(path => PLAIN.test(path));
	const isListed = isLinked && !isAlpine && asked.length > 0;
	const [removed] = installed.removed;
	return {
		prepare: isListed ? [listLibrariesOf(asked)] : [],
		install: [...(again === undefined ? [] : [again]), ...(isListed ? [installLibraries(PREPARED)] : [])],
		doubts:
			removed === undefined ? [] : [{why: `${removed} is removed, which the base has`, line: undefined}],
	};
}

/** Sources that were copied one by one need not come over. */
function isWasted({effect}: Placed, {files}: Omit<Waste, 'kept'>): boolean {
	const name = pathIn(effect)?.split('/').at(-1) ?? '';
	return files.some(pattern =>
		pattern.startsWith('*') ? name.endsWith(pattern.slice(1)) : name === pattern,
	);
}

function pathIn(effect: Effect): string | undefined {
	return effect.kind === 'writes' ? effect.path : undefined;
}

/** COPY stops a build for a file that is not there; an empty one in its place changes nothing for a program. */
function present(paths: readonly string[]): readonly string[] {
	const commands = paths.map(path => `{ [ -e ${path} ] || mkdir -p ${path}; }`);
	return commands.length === 0 ? [] : [`RUN ${commands.join(' && ')}`];
}

/** Programs are no folders to be searched, and what belongs to the system is not ours to thin out. */
function pruned(
	carried: readonly string[],
	{waste}: Toolchain,
	programs: readonly string[],
): readonly string[] {
	const folders = carried.filter(path => !programs.includes(path) && !SYSTEM.test(path));
	const outer = folders.filter(path => !folders.some(other => other !== path && isIn(path, other)));
	return pruning(outer, {...waste, kept: programs});
}

/** Also homes: users' files are not sources. */
const SYSTEM =
	/^\/(?:etc|bin|sbin|lib|lib64|home|var\/lib|usr\/(?:bin|sbin|lib|share|local\/(?:bin|sbin|lib|share|cargo|etc)))(?:\/|$)/;

/** A program by its name is found where the larger image's PATH had it. */
function pathLine({names}: Started, {bin, present: there = []}: Toolchain): readonly string[] {
	// Every PATH has that one.
	const isUsual = bin === undefined || bin === '/usr/local/bin';
	return isUsual || names.every(name => there.includes(name)) ? [] : [`ENV PATH=${bin}:$PATH`];
}

/** Libraries in it are found once their list is made anew. */
function wholeLines(candidate: Candidate, {whole}: Toolchain, effects: readonly Placed[]): readonly string[] {
	const isUsed = effects.some(({effect}) => whole !== undefined && isIn(pathIn(effect) ?? '', whole));
	const line = `COPY --from=${PREPARED} ${whole} ${whole}`;
	return isUsed ? [line, ...(isOnAlpine(candidate) ? [] : ['RUN ldconfig'])] : [];
}

/** What starts must be something that comes over. */
function startDoubts(
	started: Started,
	{present: there = [], bin, given}: Toolchain,
	made: readonly string[],
): readonly Doubt[] {
	const {line} = started;
	const missing = started.paths.find(path => !made.some(folder => isIn(path, folder)) && !isOfSystem(path));
	const isNothing = started.paths.length === 0 && started.names.length === 0;
	const isUnread = given !== undefined && given(started) === undefined;
	const isElsewhere =
		bin === undefined && started.names.some(name => !there.includes(name) && !SHELL.test(name));
	return [
		...(missing === undefined ? [] : [{why: `where ${missing} comes from is not known`, line}]),
		...(isNothing || isUnread || isElsewhere ? [{why: 'what starts is not known', line}] : []),
	];
}

const SHELL = /^(?:sh|bash|exec|env|echo|cd|set|export|sleep)$/;

function isOfSystem(path: string): boolean {
	return /^\/(?:usr\/)?bin\/(?:sh|bash|env|dash)$/.test(path);
}
