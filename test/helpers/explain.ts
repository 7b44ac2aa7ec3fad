import type {Entry, FileSystem} from './file-system.ts';
import {merged} from './file-system.ts';
import {isSubset, keepsAccounts, pathsOf, removedPaths} from './image-parts.ts';

/** What the two images and the images under them hold. */
export interface World {
	readonly plain: FileSystem;
	readonly rewritten: FileSystem;
	/** What the author builds on. */
	readonly base: FileSystem;
	/** What the rewritten image builds on; the same where it was left alone. */
	readonly rewrittenBase: FileSystem;
	/** Folders of sources and of what a compiler left: a compiled program does without them. */
	readonly leftBehind: readonly string[];
	/** Of `package-lock.json`, where there is one: the folders of packages that only development needs. */
	readonly development: readonly string[];
	/** Files of native code that an install compiles, each time with another build's marks in it. */
	readonly compiled: readonly string[];
	/** The author's own files, by their paths in the context. */
	readonly own: readonly string[];
}

/** Why an entry may differ. Each has an application that shows it. */
export type Reason =
	| 'proxy layer'
	| 'contract'
	| 'base'
	| 'build tools'
	| 'package manager'
	| 'package state'
	| 'caches'
	| 'development packages'
	| 'sources'
	| 'set-uid'
	| 'world-writable'
	| 'owner'
	| 'user'
	| 'made anew';

export interface Difference {
	readonly path: string;
	readonly what: 'added' | 'removed' | 'changed';
	/** Empty when nothing explains it. */
	readonly reasons: readonly Reason[];
}

/** Every path in which two images differ, and why that is so. */
export function differences(world: World): readonly Difference[] {
	const {plain, rewritten} = world;
	const explain = explainer(world);
	return [...new Set([...plain.entries.keys(), ...rewritten.entries.keys()])].flatMap(path => {
		const before = plain.entries.get(path);
		const after = rewritten.entries.get(path);
		if (before !== undefined && after !== undefined && isSame(before, after)) {
			return [];
		}

		const what = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
		return [{path, what, reasons: explain(path, before, after)}];
	});
}

type Explain = (path: string, before: Entry | undefined, after: Entry | undefined) => readonly Reason[];

function explainer(world: World): Explain {
	const removals = {removed: removedPaths(world), managers: pathsOf(world.plain, MANAGERS)};
	const isState = isSubset(world);
	const explain: Explain = (path, before, after) => {
		const named = reasonByPath(path, before, after, world);
		if (named !== undefined) {
			return [named];
		}

		if (after === undefined) {
			const own = one(reasonForRemoval(path, before, world, removals));
			return own.length > 0 ? own : compiledFrom(path).flatMap(source => left(source, world, explain));
		}

		const reasons = reasonsForEntry(before, after, world.rewrittenBase.entries.get(path));
		return reasons.length > 0 ? reasons : one(reasonForContent(path, before, world, isState));
	};
	return explain;
}

/** Why a file has another content than the author's, or is there at all. */
function reasonForContent(
	path: string,
	before: Entry | undefined,
	{rewritten, leftBehind, own, compiled}: World,
	isState: boolean,
): Reason | undefined {
	if (before === undefined) {
		return compiledFrom(path).some(source => rewritten.entries.has(source)) ? 'made anew' : undefined;
	}

	if (STATE_FILES.has(path)) {
		return isState ? 'package state' : undefined;
	}

	const isOfBuild = isBelow(path, leftBehind) && !isOwn(path, own);
	return isOfBuild || isBelow(path, compiled) || MADE_ANEW.test(path) ? 'made anew' : undefined;
}

/** Python's own copy of a source, or the folder of such copies: it goes with its source, and is made again where that stays. */
function compiledFrom(path: string): readonly string[] {
	const [, folder, name] = /^(.*)\/__pycache__(?:\/([^/]+?)\.[^/]*pyc)?$/.exec(path) ?? [];
	return folder === undefined ? [] : [name === undefined ? folder : `${folder}/${name}.py`];
}

function left(source: string, world: World, explain: Explain): readonly Reason[] {
	const before = world.plain.entries.get(source);
	return world.rewritten.entries.has(source)
		? ['made anew']
		: before === undefined
			? []
			: explain(source, before, undefined);
}

/** A file of the author's context is the same in both images, wherever it lies. */
function isOwn(path: string, own: readonly string[]): boolean {
	return own.some(each => path.endsWith(`/${each}`));
}

function one(reason: Reason | undefined): readonly Reason[] {
	return reason === undefined ? [] : [reason];
}

const OURS = /^\/(?:opt|run)(?:\/sallyport(?:\/.*)?)?$/;
const CONTRACT = /^\/etc\/sallyport(?:\/.*)?$/;
/** The accounts, and the home of the one that the frontend makes. */
const USERS = /^\/(?:etc\/(?:passwd|group|shadow|gshadow)|home\/app)$/;
/** What package managers keep of what they loaded, and what `tool harden` empties: `frontend/tool/waste.c`. */
const CACHES: readonly string[] = [
	...['/var/lib/apt/lists', '/var/cache', '/var/log', '/tmp', '/var/tmp', '/go/pkg/mod', '/go/pkg/sumdb'],
	...[
		'/root/.npm',
		'/root/.cache',
		'/root/.m2',
		'/root/.cargo',
		'/usr/local/bundle/cache',
		'/root/.config/go',
		'/root/.local/share/gem',
	],
	...[
		'/usr/local/cargo/registry',
		'/usr/local/cargo/.package-cache',
		'/usr/local/cargo/.package-cache-mutate',
		'/usr/local/cargo/.global-cache',
		'/root/.bundle',
	],
];
/** Copies that programs of the system keep of their own files. */
const BACKUPS =
	/^\/(?:etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-|var\/lib\/dpkg\/[a-z]+-old|var\/cache\/debconf\/[a-z]+\.dat-old)$/;
/** What an install writes with the time, the order or the folder of the moment in it. */
const MADE_ANEW =
	/(?:\.pyc$|\/node_modules\/\.package-lock\.json$|\.dist-info\/(?:RECORD|direct_url\.json|INSTALLER)$|\/gem_make\.out$|\/mkmf\.log$)/;
/** What tells which packages there are, and which libraries. */
const STATE_FILES: ReadonlySet<string> = new Set([
	...['/var/lib/dpkg/status', '/var/lib/apt/extended_states', '/etc/ld.so.cache'],
]);

function reasonByPath(
	path: string,
	before: Entry | undefined,
	after: Entry | undefined,
	world: World,
): Reason | undefined {
	// Nothing of ours was there before.
	if (before === undefined && (CONTRACT.test(path) || OURS.test(path))) {
		return CONTRACT.test(path) ? 'contract' : 'proxy layer';
	}

	if (USERS.test(path)) {
		return keepsAccounts(world) ? 'user' : undefined;
	}

	const isCache = isBelow(path, CACHES) || BACKUPS.test(path);
	if (!isCache || before === undefined || after?.type === 'd') {
		return undefined;
	}

	// Logs and caches tell of the moment they were written.
	return after === undefined ? 'caches' : 'made anew';
}

const MANAGERS = /^(?:apt|apt-utils|dpkg|debconf|debconf-i18n|libapt-pkg\S*)$/;
const OTHER_MANAGERS =
	/^\/(?:etc\/(?:apt|dpkg)|var\/lib\/(?:dpkg|apt)|usr\/local\/lib\/node_modules\/(?:npm|corepack)|usr\/s?bin\/dpkg-[a-z]+|usr\/local\/bin\/(?:npm|npx|corepack|pip[\d.]*)|usr\/local\/lib\/python[\d.]+\/(?:site-packages\/pip(?:-[\d.]+\.dist-info)?|ensurepip))(?:\/|$)/;
/** What scripts of packages write: it is in no list of theirs. */
const STATE =
	/^\/(?:(?:var\/lib\/(?:pam|ucf|systemd|python|vim)|etc\/alternatives|usr\/share\/(?:mime|glib-2\.0)|etc\/systemd\/(?:system|user)\/[\w.-]+\.wants)(?:\/|$)|run\/adduser$)/;

function reasonForRemoval(
	path: string,
	before: Entry | undefined,
	{base, rewrittenBase, leftBehind, development}: World,
	{removed, managers}: {readonly removed: ReadonlySet<string>; readonly managers: ReadonlySet<string>},
): Reason | undefined {
	const inBase = base.entries.get(path);
	const isOfBase = before !== undefined && inBase !== undefined && isAlike(before, inBase);
	if (isOfBase && !rewrittenBase.entries.has(path)) {
		return 'base';
	}

	if (isBelow(path, leftBehind)) {
		return 'sources';
	}

	if (isBelow(path, development)) {
		return 'development packages';
	}

	if (managers.has(merged(path)) || OTHER_MANAGERS.test(path)) {
		return 'package manager';
	}

	if (STATE.test(path)) {
		return 'package state';
	}

	return removed.has(merged(path)) ? 'build tools' : undefined;
}

/** An entry is the author's, or that of the image it stands on now; then only rights may have been taken away. */
function reasonsForEntry(
	before: Entry | undefined,
	after: Entry,
	below: Entry | undefined,
): readonly Reason[] {
	const own = before !== undefined && isAlike(before, after) ? before : undefined;
	const from = own ?? (below !== undefined && isAlike(below, after) ? below : undefined);
	if (from === undefined) {
		return [];
	}

	const {taken, given, isRight, isSticky} = rights(from, after);
	if (!isRight) {
		return [];
	}

	const told: readonly (readonly [boolean, Reason])[] = [
		[own === undefined, 'base'],
		[(taken & 0o6000) !== 0, 'set-uid'],
		[(taken & 0o0002) !== 0 || (isSticky && (given & 0o1000) !== 0), 'world-writable'],
		[from.uid !== after.uid || from.gid !== after.gid, 'owner'],
	];
	return told.flatMap(([isSo, reason]) => (isSo ? [reason] : []));
}

/** Rights are taken away, and given only as far as a repair does. */
function rights(from: Entry, after: Entry) {
	const taken = from.mode & ~after.mode;
	const given = after.mode & ~from.mode;
	const isFolder = after.type === 'd';
	// A folder is given to the program's own group, and then nobody else removes files there.
	const isGiven = isFolder && from.gid !== after.gid;
	// In one that everybody may write to, everybody still may, but remove only what is their own.
	const isSticky = isFolder && (after.mode & 0o1002) === 0o1002;
	const mayGive = (isGiven ? 0o1020 : 0) | (isSticky ? 0o1000 : 0);
	return {taken, given, isSticky, isRight: (given & ~mayGive) === 0 && (taken & ~0o6002) === 0};
}

function isBelow(path: string, folders: readonly string[]): boolean {
	return folders.some(folder => path === folder || path.startsWith(`${folder}/`));
}

function isSame(a: Entry, b: Entry): boolean {
	return isAlike(a, b) && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

/**
 * The same thing, whoever may do what with it. Without digests it goes by size and time of writing: paths where that says too
 * little are named by `unsure`.
 */
function isAlike(a: Entry, b: Entry): boolean {
	const isSameThing = a.type === b.type && a.link === b.link && a.size === b.size;
	const hasDigests = a.digest !== undefined && b.digest !== undefined;
	return isSameThing && (a.type !== 'f' || (hasDigests ? a.digest === b.digest : a.written === b.written));
}

/** Files of which size and time do not say whether they are the same, and all of the author's own. */
export function unsure({plain, rewritten, base, rewrittenBase}: World, own: string): readonly string[] {
	const pairs = [
		[plain, rewritten],
		[plain, base],
		[rewritten, rewrittenBase],
	] as const;
	const paths = pairs.flatMap(([one, other]) =>
		Array.from(one.entries).flatMap(([path, a]) => {
			const b = other.entries.get(path);
			const isUnsure = b !== undefined && a.type === 'f' && b.type === 'f' && a.size === b.size;
			return isUnsure && (a.written !== b.written || path.startsWith(`${own}/`)) ? [path] : [];
		}),
	);
	return [...new Set(paths)];
}
