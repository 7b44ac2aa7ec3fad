import type {Found} from './judge.ts';

/** Repairs on trial that a build does not make, and why: a sentence. */
export interface Left {
	readonly rules: ReadonlyMap<string, string>;
	/** Said of every rule that is not named. */
	readonly all?: string | undefined;
	/** The image is for another platform than the builder's. */
	readonly isForeign?: boolean;
}

/** Why this repair is not made though the bundle wants it; undefined when it is. */
export function whyLeft(left: Left | undefined, {rule, setting, finding}: Found): string | undefined {
	const isWanted = finding.fix?.isOnTrial === true && setting.fix === 'auto';
	return isWanted && left !== undefined ? (left.rules.get(rule) ?? left.all) : undefined;
}
