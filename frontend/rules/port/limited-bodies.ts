import type {Rule} from '../rule.ts';
import {configurationOf, withoutProxy, wrongs} from './configuration.ts';

const GIBIBYTE = 1024 ** 3;
const MOST = 10 * GIBIBYTE;

export const limitedBodies: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const {bodyBytes} = plan.limits;
	const told = configurationOf(subject, plan);
	const sizes = told.get('client_max_body_size') ?? [];
	yield* wrongs(subject, [
		// For nginx, zero is no limit.
		bodyBytes >= 1 && bodyBytes <= MOST
			? undefined
			: `The proxy takes request bodies of any size (${bodyBytes} bytes are no limit), so one upload can fill the memory: give "limits: {body: …}" up to ${MOST / GIBIBYTE}g.`,
		sizes.length > 0 && sizes.every(size => /^[1-9]\d*$/.test(size))
			? undefined
			: "The proxy's configuration sets no client_max_body_size that limits anything: it needs a number of bytes above zero.",
		told.has('large_client_header_buffers')
			? undefined
			: "The proxy's configuration does not say how large request headers may be: it needs large_client_header_buffers.",
	]);
};
