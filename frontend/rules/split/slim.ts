import type {Candidate, SplitPlan} from './split.ts';

/** What the last stage is made from, and what the author's base has more than that. */
export interface SlimBase {
	readonly base: SplitPlan['base'];
	/** False where the author's own base is small already, and is taken again. */
	readonly isSmaller: boolean;
}

const SMALL = /(?:^|-)(?:slim|alpine\d*(?:\.\d+)?|nanoserver|windowsservercore|minimal)(?:-|$)/;
const RELEASE = /-(?:trixie|bookworm|bullseye|buster|stretch)$/;

/**
 * The small variant of an official image: the same version of the same program on the same system, without compilers.
 * @param order where `slim` stands: `24-trixie-slim`, but `3.13-slim-trixie`
 * @returns undefined where the tag does not tell
 */
export function slimBaseOf(
	{stage, ref, image: {tag}}: Candidate,
	order: 'last' | 'first',
): SlimBase | undefined {
	const {text} = stage.base;
	if (SMALL.test(tag)) {
		return {base: {text, ref}, isSmaller: false};
	}

	const slim = (plain: string): string | undefined => slimmed(plain, order);
	const [name = ''] = ref.split('@');
	const [named = ''] = text.split('@');
	const [wanted, written] = [slim(name), slim(named)];
	// Where a variable holds the tag's end, only what is put behind it is surely the same.
	const isSafe = !text.includes('$') || (written === `${named}-slim` && wanted === `${name}-slim`);
	return wanted === undefined || written === undefined || !isSafe
		? undefined
		: {base: {text: written, ref: wanted}, isSmaller: true};
}

function slimmed(name: string, order: 'last' | 'first'): string | undefined {
	const colon = name.lastIndexOf(':');
	if (colon <= name.lastIndexOf('/')) {
		return name.includes('$') ? undefined : `${name}:slim`;
	}

	const tag = name.slice(colon + 1);
	const start = name.slice(0, colon + 1);
	if (tag === 'latest') {
		return `${start}slim`;
	}

	const [release] = RELEASE.exec(tag) ?? [];
	return release === undefined || order === 'last'
		? `${name}-slim`
		: `${start}${tag.slice(0, -release.length)}-slim${release}`;
}
