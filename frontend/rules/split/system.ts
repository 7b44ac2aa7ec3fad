import {familiesOf} from '../base-family.ts';
import type {Placed} from './effect.ts';
import {installLibraries, listLibraries} from './libraries.ts';
import {type Installed, installedBy, installLine, isBuildPackage} from './packages.ts';
import {broughtPrograms} from './programs.ts';
import type {SlimBase} from './slim.ts';
import {type Candidate, type Doubt, PREPARED} from './split.ts';

/** What becomes of the system's own packages and libraries. */
export interface System {
	/** What stays behind; absent where nothing does. */
	readonly leaves: string | undefined;
	readonly prepare: readonly string[];
	readonly install: readonly string[];
	readonly doubts: readonly Doubt[];
}

export interface Asked {
	readonly effects: readonly Placed[];
	readonly slim: SlimBase;
	/** Where compiled modules may lie. */
	readonly folders: readonly string[];
	/** More packages that only build. */
	readonly isTool?: (name: string) => boolean;
}

/** Packages that only build stay behind, those that a program may need are installed again, and so are libraries it was linked to. */
export function systemOf(candidate: Candidate, {effects, slim, folders, isTool}: Asked): System {
	const family = familiesOf(candidate.subject).get(candidate.stage);
	const installed = installedBy(effects, isTool);
	const {left, manager, removed} = installed;
	const programs = slim.isSmaller ? broughtPrograms(candidate) : [];
	const kept = [...new Set([...installed.kept, ...programs])];
	const again = installLine(manager ?? 'apt', {...installed, kept});
	const isDebian = family === 'debian';
	// In a slim image the libraries that were there before are there again.
	const isLinked =
		isDebian && (slim.isSmaller || left.some(name => isBuildPackage(name.split('=', 1)[0] ?? '')));
	return {
		leaves: leavesOf(slim, installed),
		prepare: isLinked ? [listLibraries(folders)] : [],
		install: [...(again === undefined ? [] : [again]), ...(isLinked ? [installLibraries(PREPARED)] : [])],
		doubts: [
			...removed.map(({name, line}) => ({why: `${name} is removed, which the base has`, line})),
			...(isDebian || family === 'alpine' ? [] : [{why: 'its base is not known', line: undefined}]),
			...(family === 'alpine' ? headerDoubts(installed) : []),
		],
	};
}

function leavesOf({isSmaller}: SlimBase, {left}: Installed): string | undefined {
	if (isSmaller) {
		return 'the compilers and tools of its base image';
	}

	const shown = left.slice(0, 3).join(', ');
	return left.length === 0 ? undefined : left.length > 3 ? `${shown} and ${left.length - 3} more` : shown;
}

/** On Alpine nobody asks which library a header's package stands for. */
function headerDoubts({left}: Installed): readonly Doubt[] {
	const headers = left.find(name => name.endsWith('-dev') && !/^(?:musl|libc|linux)-/.test(name));
	return headers === undefined
		? []
		: [{why: `which library of ${headers} the program needs is not known`, line: undefined}];
}
