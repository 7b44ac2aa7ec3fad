import type {Effect, Placed} from './effect.ts';
import type {Doubt} from './split.ts';

/** What a language says of the stage's files. */
export interface Ground {
	/** Folders that come over whole. */
	readonly carried: readonly string[];
	/** Folders that only the build needed: sources, caches. */
	readonly left?: readonly string[];
}

/** What must come over so that nothing which the stage has made is missing, and what speaks against it. */
export interface Accounted {
	readonly carried: readonly string[];
	readonly hasAccounts: boolean;
	readonly doubts: readonly Doubt[];
}

/** No honest file puts things into more places. */
const MAX_CARRIED = 24;

/** Every change of the stage is in a place that comes over, in one that nobody needs, or a reason for doubt. */
export function accounted(placed: readonly Placed[], {carried, left = []}: Ground): Accounted {
	const covered = [...carried, ...LEFT, ...left];
	const more = new Set<string>();
	const doubts: Doubt[] = [];
	for (const {effect, line} of placed) {
		const path = pathOf(effect);
		const why = doubtAbout(effect, covered);
		if (why !== undefined) {
			doubts.push({why, line});
		} else if (
			effect.kind === 'writes' &&
			path !== undefined &&
			!covered.some(folder => isIn(path, folder))
		) {
			more.add(path);
		}
	}

	const hasAccounts = placed.some(({effect}) => effect.kind === 'accounts');
	// Where users are made, their homes may be as well.
	const all = [...carried, ...more, ...(hasAccounts ? ['/home'] : [])];
	return {
		carried: all,
		hasAccounts,
		doubts: [...doubts, ...doubtsAboutAll(all)],
	};
}

function doubtAbout(effect: Effect, covered: readonly string[]): string | undefined {
	if (effect.kind === 'unknown') {
		return `what ${effect.what} changes is not known`;
	}

	const path = pathOf(effect);
	if (path === undefined || covered.some(folder => isIn(path, folder))) {
		return undefined;
	}

	if (effect.kind === 'removes') {
		const isHarmless = HARMLESS.some(folder => isIn(path, folder));
		return isHarmless ? undefined : `what is taken away from ${path} would be there again`;
	}

	return isShared(path) ? `${path} is changed, which other programs share` : undefined;
}

function doubtsAboutAll(paths: readonly string[]): readonly Doubt[] {
	const isStrange = paths.some(path => !/^[\w./@+:~ -]{1,500}$/.test(path));
	return [
		...(paths.length > MAX_CARRIED ? [{why: 'files lie in too many places', line: undefined}] : []),
		...(isStrange ? [{why: 'a path has signs that COPY reads as a pattern', line: undefined}] : []),
	];
}

function pathOf(effect: Effect): string | undefined {
	return effect.kind === 'writes' || effect.kind === 'removes' ? effect.path : undefined;
}

export function isIn(path: string, folder: string): boolean {
	return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** Nothing in these is missed by a running program. */
const LEFT: readonly string[] = [
	...['/tmp', '/var/tmp', '/var/cache', '/var/lib/apt', '/var/log/apt', '/var/log/dpkg.log', '/root/.npm'],
	...['/root/.cache/pip', '/root/.cache/uv', '/root/.cache/yarn', '/root/.cache/node-gyp', '/root/.node-gyp'],
	...[
		'/root/.bundle/cache',
		'/root/.composer/cache',
		'/root/.local/share/pnpm/store',
		'/usr/local/share/.cache',
	],
];
/** What is taken away from these for room may as well be there. */
const HARMLESS: readonly string[] = [
	...['/usr/share/doc', '/usr/share/man', '/usr/share/locale', '/usr/share/info', '/root/.cache', '/var/log'],
	...['/usr/local/share/man', '/usr/local/share/doc', '/usr/local/include', '/usr/include', '/usr/src'],
];

/** Folders of the system that hold the files of many: they cannot come over whole. */
export function isShared(path: string): boolean {
	return (
		SHARED.has(path) || path.startsWith('/etc/apt') || /^\/(?:dev|proc|sys|run|var\/run)(?:\/|$)/.test(path)
	);
}

const SHARED: ReadonlySet<string> = new Set([
	...['/', '/bin', '/sbin', '/lib', '/lib64', '/usr', '/usr/bin', '/usr/sbin', '/usr/lib', '/usr/share'],
	...[
		'/usr/include',
		'/usr/local',
		'/usr/local/bin',
		'/usr/local/sbin',
		'/usr/local/lib',
		'/usr/local/share',
	],
	...[
		'/usr/local/include',
		'/usr/local/etc',
		'/etc',
		'/var',
		'/var/lib',
		'/var/log',
		'/opt',
		'/home',
		'/root',
	],
	...[
		'/boot',
		'/media',
		'/mnt',
		'/etc/ssl',
		'/etc/ssl/certs',
		'/usr/lib64',
		'/etc/passwd',
		'/etc/group',
		'/etc/shadow',
	],
]);
