import {chainOf, stepsOf} from '../../stages/chain.ts';
import {referencesOf} from '../../stages/references.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';

/** Nobody's number by convention: no distribution gives it to a person, and distroless images call it nonroot. */
const USER = '65532:65532';
const FIX = {title: `USER ${USER} at the end of the stage`, append: [`USER ${USER}`]};

export const noRootUser: Rule = function* (subject) {
	const own = ownUser(subject);
	yield* own === undefined ? inheritedUser(subject) : judge(own.user, own.line, subject);
};

function ownUser({
	dockerfile,
	target,
	buildArgs,
}: Subject): {readonly user: string | undefined; readonly line: number} | undefined {
	const chain = chainOf(referencesOf(dockerfile, buildArgs), target);
	let last: {readonly user: string | undefined; readonly line: number} | undefined;
	for (const {instruction, expand} of stepsOf(dockerfile, chain, buildArgs)) {
		if (instruction.keyword === 'USER') {
			last = {user: expand(instruction.args)?.trim(), line: instruction.line};
		}
	}

	return last;
}

function* judge(user: string | undefined, line: number, {file}: Subject): Generator<RuleFinding> {
	const place = {file, line};
	if (user === undefined || user === '') {
		const message =
			'USER takes its value from a variable that is not known here: write a number, such as USER 65532:65532.';
		yield {result: 'not-evaluated', message, place};
		return;
	}

	if (isRoot(user)) {
		const message = `The image runs as root because this USER is the last: end the stage with another, such as USER ${USER}.`;
		yield {
			result: 'fail',
			message,
			place,
			expected: 'a user other than 0',
			observed: {user: 'root'},
			fix: FIX,
		};
	}
}

function* inheritedUser({dockerfile, target, buildArgs, images, file}: Subject): Generator<RuleFinding> {
	const {base} = chainOf(referencesOf(dockerfile, buildArgs), target);
	const facts = base === undefined ? undefined : images.get(base);
	const place = {file, line: target.from.line};
	const name = base?.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 200) ?? 'the base image';
	if (base !== 'scratch' && facts === undefined) {
		const message = `No USER is set here, so the image runs as the user of ${name}, which only a build can look up: write USER ${USER} to be sure.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const user = facts?.user ?? '';
	if (user === '' || isRoot(user)) {
		const message = `The image runs as root: neither this Dockerfile nor ${name} sets another user. End the stage with one, such as USER ${USER}.`;
		yield {
			result: 'fail',
			message,
			place,
			expected: 'a user other than 0',
			observed: {user: 'root'},
			fix: FIX,
		};
	}
}

/** `root`, 0, or 0 with a group. The group does not matter: uid 0 is what the kernel asks for. */
function isRoot(user: string): boolean {
	const [name = ''] = user.split(':');
	return name === 'root' || /^[+-]?0+$/.test(name);
}
