import type {Rule, Subject} from '../rule.ts';

/** What an application logs by itself cannot be told from a Dockerfile; what the proxy logs is known, because we wrote it. */
export const loggedRequests: Rule = function* (subject) {
	const {plan, file, target} = subject;
	const place = {file, line: target.from.line};
	if (plan !== undefined) {
		const message = 'The proxy in front of the application writes one line of JSON for every request.';
		yield {result: 'fixed', message, place};
		return;
	}

	const exposes = listenerOf(subject);
	if (exposes !== 'none') {
		const what = exposes === 'known' ? 'The image has a listener' : 'The base image may have a listener';
		const message = `${what} and no proxy goes into it, so whether every request is logged can only be told from the application.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	yield {
		result: 'not-applicable',
		message: 'The image exposes no port, so there are no requests to log.',
		place,
	};
};

function listenerOf({steps, roleOf, chain, images}: Subject): 'known' | 'unknown' | 'none' {
	const facts = chain.base === undefined ? undefined : images.get(chain.base);
	const isExposed = steps.some(
		({instruction, stage}) => instruction.keyword === 'EXPOSE' && roleOf(stage) === 'final',
	);
	if (isExposed || (facts?.exposedPorts ?? []).length > 0) {
		return 'known';
	}

	return chain.base === 'scratch' || facts !== undefined ? 'none' : 'unknown';
}
