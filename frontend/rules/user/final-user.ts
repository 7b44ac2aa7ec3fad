import type {Step} from '../../stages/chain.ts';
import type {Subject} from '../rule.ts';

/** Who the image runs as. */
export interface FinalUser {
	/** `unknown`: a variable or a base image that nobody has looked up. */
	readonly kind: 'root' | 'other' | 'unknown';
	/** `name`, `uid`, `name:group`, …, expanded; absent when it is not known. */
	readonly user: string | undefined;
	/** The last USER of the image's own stages; absent when the base image decides. */
	readonly step: Step | undefined;
}

export function finalUser(subject: Subject): FinalUser {
	const step = subject.steps.findLast(
		({instruction, stage}) => instruction.keyword === 'USER' && subject.roleOf(stage) === 'final',
	);
	const user = step === undefined ? inheritedUser(subject) : userOf(step);
	return {kind: kindOf(user), user, step};
}

/** What a USER says; absent when it says nothing that is known here. */
function userOf({instruction, expand}: Step): string | undefined {
	return expand(instruction.args)?.trim() || undefined;
}

/** `root`, 0, or 0 with a group. The group does not matter: uid 0 is what the kernel asks for. */
export function isRoot(user: string): boolean {
	const [name = ''] = user.split(':');
	return name === 'root' || /^[+-]?0+$/.test(name);
}

/** Who runs each RUN of a stage when it begins: the user its base ends with. Absent when only a builder knows. */
function inheritedUser({chain, images}: Subject): string | undefined {
	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	if (chain.base === 'scratch') {
		return 'root';
	}

	// On Windows nobody is called root, and no number is anybody.
	return facts === undefined || facts.platform?.startsWith('windows') === true
		? undefined
		: facts.user || 'root';
}

function kindOf(user: string | undefined): FinalUser['kind'] {
	return user === undefined ? 'unknown' : isRoot(user) ? 'root' : 'other';
}
