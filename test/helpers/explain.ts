import type {Entry, FileSystem} from './file-system.ts';
import {merged, packagesOf} from './file-system.ts';

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

function explainer(
	world: World,
): (path: string, before: Entry | undefined, after: Entry | undefined) => readonly Reason[] {
	const removed = removedPaths(world);
	return (path, before, after) => {
		const isOfBuild = before !== undefined && after !== undefined && isBelow(path, world.leftBehind);
		const named = isOfBuild ? 'made anew' : reasonByPath(path, before, after);
		if (named !== undefined) {
			return [named];
		}

		return after === undefined
			? one(reasonForRemoval(path, before, world, removed))
			: reasonsForEntry(before, after, world.rewrittenBase.entries.get(path));
	};
}

function one(reason: Reason | undefined): readonly Reason[] {
	return reason === undefined ? [] : [reason];
}

const OURS = /^\/(?:opt|run)(?:\/sallyport(?:\/.*)?)?$/;
const CONTRACT = /^\/etc\/sallyport(?:\/.*)?$/;
/** The accounts, and the home of the one that the frontend makes. */
const USERS = /^\/(?:etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?|home\/app)$/;
const STATE =
	/^\/(?:var\/lib\/(?:dpkg|apt|pam|ucf|systemd|python|vim)|etc\/(?:alternatives|ld\.so\.cache$|apt)|var\/cache\/(?:debconf|ldconfig)|usr\/share\/(?:mime|glib-2\.0)|var\/log)(?:\/|$)/;
const CACHES =
	/^\/(?:var\/cache|var\/lib\/apt\/lists|var\/log|tmp|var\/tmp|go\/pkg|usr\/local\/cargo\/(?:registry|\.)|root\/\.(?:npm|cache|m2|cargo|bundle|config|local|launchpadlib|gem)|usr\/local\/bundle\/cache|home\/[^/]+\/\.cache)(?:[/.\w-]|$)/;
/** What an install or a compiler writes with the time, the order or the folder of the moment in it. */
const MADE_ANEW =
	/(?:\/__pycache__(?:\/|$)|\.pyc$|\/node_modules\/\.package-lock\.json$|\.dist-info\/(?:RECORD|direct_url\.json|INSTALLER)$|\/gem_make\.out$|\/mkmf\.log$)/;

function reasonByPath(path: string, before: Entry | undefined, after: Entry | undefined): Reason | undefined {
	if (CONTRACT.test(path)) {
		return 'contract';
	}

	if (OURS.test(path) || path.startsWith('/opt/sallyport')) {
		return 'proxy layer';
	}

	if (USERS.test(path)) {
		return 'user';
	}

	// A cache may go, and nothing but that.
	if (CACHES.test(path) && (after === undefined || before?.type === 'd')) {
		return 'caches';
	}

	// Logs and caches tell of the moment they were written.
	return MADE_ANEW.test(path) || CACHES.test(path) ? 'made anew' : undefined;
}

/** What belongs to packages that the rewritten image does not hold. */
function removedPaths({plain, rewritten}: World): ReadonlySet<string> {
	const kept = packagesOf(rewritten);
	return new Set(Array.from(packagesOf(plain)).flatMap(([name, paths]) => (kept.has(name) ? [] : paths)));
}

const MANAGERS =
	/^\/(?:usr\/(?:s?bin|lib|share|libexec)\/(?:apt|dpkg|debconf|deb-|dselect|update-alternatives)|etc\/(?:apt|dpkg|debconf|logrotate\.d\/(?:apt|dpkg|alternatives)|cron\.daily\/(?:apt|dpkg)|kernel)|var\/lib\/(?:dpkg|apt)|usr\/local\/lib\/node_modules\/(?:npm|corepack)|usr\/local\/bin\/(?:npm|npx|corepack|pip)|usr\/local\/lib\/python[\d.]+\/(?:site-packages\/pip|ensurepip)|usr\/lib\/(?:x86_64|aarch64)-linux-gnu\/libapt|usr\/share\/(?:bash-completion\/completions|perl5|lintian\/overrides|polkit-1\/actions|keyrings|locale\/[^/]+\/LC_MESSAGES|man|doc|bug)\/.*(?:apt|dpkg|debconf)|usr\/lib\/systemd\/system\/(?:apt|dpkg))/;

function reasonForRemoval(
	path: string,
	before: Entry | undefined,
	{base, rewrittenBase, leftBehind, development}: World,
	removed: ReadonlySet<string>,
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

	if (MANAGERS.test(path)) {
		return 'package manager';
	}

	if (STATE.test(path)) {
		return 'package state';
	}

	return removed.has(merged(path)) || removed.has(path.replace(/\.pyc?$/, '.py')) ? 'build tools' : undefined;
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

	const taken = from.mode & ~after.mode;
	const given = after.mode & ~from.mode;
	// A folder is given to the program's own group, and then nobody else removes files there.
	const isGiven = after.type === 'd' && from.gid !== after.gid;
	if ((given & ~(isGiven ? 0o1020 : 0)) !== 0 || (taken & ~0o6002) !== 0) {
		return [];
	}

	const told: readonly (readonly [boolean, Reason])[] = [
		[own === undefined, 'base'],
		[(taken & 0o6000) !== 0, 'set-uid'],
		[(taken & 0o0002) !== 0, 'world-writable'],
		[from.uid !== after.uid || from.gid !== after.gid, 'owner'],
	];
	return told.flatMap(([isSo, reason]) => (isSo ? [reason] : []));
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
