import type {Rule} from '../rule.ts';
import {configurationOf, withoutProxy, wrongs} from './configuration.ts';

/** More than this of one client is what a limit is there to stop. */
const MAX_RATE = 10_000;
const MAX_BURST = 100_000;

export const limitedRequests: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const {requestsPerSecond, burst, connections} = plan.limits;
	const told = configurationOf(subject, plan);
	const isLimited = told.has('limit_req') && told.has('limit_req_zone') && told.has('limit_conn');
	const isTold429 = (told.get('limit_req_status') ?? []).includes('429');
	yield* wrongs(subject, [
		isWithin(requestsPerSecond, MAX_RATE)
			? undefined
			: `The proxy lets one client send ${requestsPerSecond} requests a second, so a single one can take the application down: give "limits: {rate: …}" from 1 to ${MAX_RATE}.`,
		burst >= 0 && burst <= MAX_BURST
			? undefined
			: `The proxy lets one client send ${burst} requests at once, which is no limit: give "limits: {burst: …}" up to ${MAX_BURST}.`,
		isWithin(connections, MAX_RATE)
			? undefined
			: `The proxy lets one client hold ${connections} connections, which is no limit: give "limits: {connections: …}" from 1 to ${MAX_RATE}.`,
		isLimited && isTold429
			? undefined
			: "The proxy's configuration limits no client's requests, or does not answer 429 when it does: it needs limit_req, limit_conn and limit_req_status 429.",
	]);
};

function isWithin(value: number, most: number): boolean {
	return value >= 1 && value <= most;
}
