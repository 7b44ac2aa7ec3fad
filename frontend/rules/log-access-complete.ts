import {chainOf, stepsOf} from '../stages/chain.ts';
import {referencesOf} from '../stages/references.ts';
import type {Rule, Subject} from './rule.ts';

/** What an application logs by itself cannot be told from a Dockerfile; what the proxy logs is known, because we wrote it. */
export const logAccessComplete: Rule = function* (subject) {
	const {plan, file, target} = subject;
	const place = {file, line: target.from.line};
	if (plan !== undefined) {
		const message = 'The proxy in front of the application writes one line of JSON for every request.';
		yield {result: 'fixed', message, place};
		return;
	}

	if (hasListener(subject)) {
		const message =
			'The image has a listener and no proxy, so whether every request is logged can only be told from the application.';
		yield {result: 'not-evaluated', message, place};
		return;
	}

	yield {
		result: 'not-applicable',
		message: 'The image has no listener, so there are no requests to log.',
		place,
	};
};

function hasListener({dockerfile, target, buildArgs, images}: Subject): boolean {
	const chain = chainOf(referencesOf(dockerfile, buildArgs), target);
	const inherited = chain.base === undefined ? [] : (images.get(chain.base)?.exposedPorts ?? []);
	const steps = stepsOf(dockerfile, chain, buildArgs);
	return inherited.length > 0 || steps.some(({instruction}) => instruction.keyword === 'EXPOSE');
}
