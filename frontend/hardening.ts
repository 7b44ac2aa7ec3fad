import type {Bundle} from '../policies/bundle.ts';
import type {RuleId} from '../policies/rules/index.ts';
import type {Opened} from './examine.ts';
import type {Platform} from './options.ts';
import type {Fix, ImageFacts} from './rules/rule.ts';
import {subjectOf} from './rules/subject.ts';
import {finalUser, isRoot} from './rules/user/final-user.ts';
import {hasTool} from './tool-file.ts';

/** Name by which the rewritten Dockerfile calls the image with the program. */
export const TOOL = 'sallyport-tool';

/** Below what an engine lays over every container: a folder for the mount leaves nothing in the layer. */
const FOLDER = '/dev/.sallyport';

export interface Hardened {
	readonly opened: Opened;
	readonly fixes: readonly Fix[];
	readonly images: ReadonlyMap<string, ImageFacts>;
	readonly bundle: Bundle;
	readonly platforms: readonly Platform[];
}

/**
 * The instructions that go over the finished image: one run of our program, as root and without network, for all repairs that ask
 * for it. What costs nothing beside is done in the same run. Empty when no repair asks.
 */
export function hardeningLines({opened, fixes, images, bundle, platforms}: Hardened): readonly string[] {
	const asked = fixes.flatMap(({harden}) => harden ?? []);
	const known = withPinned(opened, images);
	const subject = subjectOf({...opened, images: known, plan: undefined, requestedWaivers: []});
	const {kind, user} = finalUser(subject);
	const isPossible = asked.length > 0 && hasTool(platforms);
	if (!isPossible || kind === 'unknown' || user === undefined || !PLAIN_USER.test(user)) {
		return [];
	}

	const epoch = opened.buildArgs.get('SOURCE_DATE_EPOCH') ?? '';
	const options = [
		...asked,
		...(isMade(bundle, 'clean-after-install') ? ['--caches', ...usedFolders(opened, images)] : []),
		...(isMade(bundle, 'no-world-writable') ? ['--world'] : []),
		...(/^\d{1,11}$/.test(epoch) ? [`--epoch=${epoch}`] : []),
	];
	const words = [`${FOLDER}/tool`, 'harden', ...new Set(options)];
	const run = `RUN --network=none --mount=type=bind,from=${TOOL},target=${FOLDER} ${JSON.stringify(words)}`;
	// By number with its group: an image without a list of users knows no other way.
	return isRoot(user) ? [run] : ['USER 0:0', run, `USER ${user}`];
}

/** A reference that a repair has pinned is the image that was asked about before. */
function withPinned({refs}: Opened, images: Hardened['images']): Hardened['images'] {
	const pinned = refs.flatMap(ref => {
		const facts = images.get(ref) ?? images.get(ref.split('@')[0] ?? ref);
		return facts === undefined ? [] : [[ref, facts] as const];
	});
	return new Map([...images, ...pinned]);
}

/** Of which nothing is a variable, a quote or an escape, so that it means the same on another line. */
const PLAIN_USER = /^[A-Za-z0-9_.+-]{1,64}(?::[A-Za-z0-9_.+-]{1,64})?$/;

function isMade({rules}: Bundle, id: RuleId): boolean {
	return rules[id].level !== 'off' && rules[id].fix === 'auto';
}

/** Folders for what is only for a while, where the image uses them all the same: they are left alone. */
function usedFolders({needed}: Opened, images: ReadonlyMap<string, ImageFacts>): readonly string[] {
	const isNamed = (text: string): boolean => text.includes('/tmp');
	const instructions = needed.flatMap(each => each.instructions);
	const isUsed =
		instructions.some(({keyword, args}) => isNamed(args) && (keyword !== 'RUN' || args.includes('mkdir'))) ||
		[...images.values()].some(({env, cmd, entrypoint, volumes, workdir}) =>
			[
				...Object.values(env ?? {}),
				...(cmd ?? []),
				...(entrypoint ?? []),
				...(volumes ?? []),
				workdir ?? '',
			].some(isNamed),
		);
	return isUsed ? ['--keep=/tmp', '--keep=/var/tmp'] : [];
}
