import type {Fix} from './rule.ts';

/** The part of a finding that says what would repair it, where anything would. */
export function repairableBy(fix: Fix | undefined): {readonly fix?: Fix} {
	return fix === undefined ? {} : {fix};
}

/** What may take a look at the whole file is tried this often and no oftener: hostile files have a finding on every line. */
const MAX_TRIES = 16;

/** Makes repairs for the first findings of a rule, and none for all that follow. */
export function firstRepairs(): (make: () => Fix | undefined) => Fix | undefined {
	let tries = 0;
	return make => {
		tries += 1;
		return tries > MAX_TRIES ? undefined : make();
	};
}
