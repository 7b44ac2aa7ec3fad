import type {Fix} from './rule.ts';

/** The part of a finding that says what would repair it, where anything would. */
export function repairableBy(fix: Fix | undefined): {readonly fix?: Fix} {
	return fix === undefined ? {} : {fix};
}
