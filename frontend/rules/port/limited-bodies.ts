import {boundOf} from '../params.ts';
import type {Rule} from '../rule.ts';
import {asksNginx, withoutProxy, wrongs} from './configuration.ts';

const GIBIBYTE = 1024 ** 3;
const MOST = 10 * GIBIBYTE;

export const limitedBodies: Rule = function* (subject, params) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const stated = [plan.limits.bodyBytes, ...plan.routes.flatMap(({limits}) => limits.bodyBytes ?? [])];
	const most = boundOf(params, 'maxBytes', MOST);
	const bodyBytes = stated.find(bytes => bytes < 1 || bytes > most);
	yield* wrongs(subject, [
		// For nginx, zero is no limit.
		bodyBytes === undefined
			? undefined
			: bodyBytes > 0 && most < MOST
				? `The proxy takes request bodies of ${bodyBytes} bytes, and the policy allows ${most}: give "limits: {body: …}" up to that.`
				: `The proxy takes request bodies of any size (${bodyBytes} bytes are no limit), so one upload can fill the memory: give "limits: {body: …}" up to ${MOST / GIBIBYTE}g.`,
		...asksNginx(subject, plan, told => {
			const sizes = told.get('client_max_body_size') ?? [];
			return [
				sizes.length > 0 && sizes.every(size => /^[1-9]\d*$/.test(size))
					? undefined
					: "The proxy's configuration sets no client_max_body_size that limits anything: it needs a number of bytes above zero.",
				told.has('large_client_header_buffers')
					? undefined
					: "The proxy's configuration does not say how large request headers may be: it needs large_client_header_buffers.",
			];
		}),
	]);
};
