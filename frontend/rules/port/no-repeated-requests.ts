import type {Rule} from '../rule.ts';
import {asksNginx, withoutProxy, wrongs} from './configuration.ts';

/** With these nginx sends the same POST again, which the application may have carried out already. */
const UNSAFE = 'non_idempotent';
const MOST_TRIES = 3;

export const noRepeatedRequests: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	yield* wrongs(
		subject,
		asksNginx(subject, plan, told => {
			const occasions = (told.get('proxy_next_upstream') ?? []).flatMap(text => text.split(/\s+/));
			const tries = (told.get('proxy_next_upstream_tries') ?? []).map(Number);
			const isOff = occasions.includes('off');
			return [
				occasions.includes(UNSAFE)
					? 'The proxy may send a POST a second time when the application does not answer, and an order would be placed twice: take non_idempotent out of proxy_next_upstream.'
					: undefined,
				isOff || (tries.length > 0 && tries.every(count => count >= 1 && count <= MOST_TRIES))
					? undefined
					: `The proxy's configuration does not bound how often a request is tried: set proxy_next_upstream_tries from 1 to ${MOST_TRIES}.`,
			];
		}),
	);
};
