import {boundOf} from '../params.ts';
import type {Rule} from '../rule.ts';
import {asksNginx, withoutProxy, wrongs} from './configuration.ts';

/** More than this of one client is what a limit is there to stop. */
const MAX_RATE = 10_000;
const MAX_BURST = 100_000;

export const limitedRequests: Rule = function* (subject, params) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const {connections} = plan.limits;
	const most = {
		rate: boundOf(params, 'maxRate', MAX_RATE),
		burst: boundOf(params, 'maxBurst', MAX_BURST),
		connections: boundOf(params, 'maxConnections', MAX_RATE),
	};
	const all = [plan.limits, ...plan.routes.map(({limits}) => limits)];
	const rate = all.map(limits => limits.requestsPerSecond ?? 1).find(each => !isWithin(each, most.rate));
	const burst = all.map(limits => limits.burst ?? 0).find(each => each < 0 || each > most.burst);
	yield* wrongs(subject, [
		rate === undefined
			? undefined
			: `The proxy lets one client send ${rate} requests a second, so a single one can take the application down: give "limits: {rate: …}" from 1 to ${most.rate}.`,
		burst === undefined
			? undefined
			: `The proxy lets one client send ${burst} requests at once, which is more than a limit allows: give "limits: {burst: …}" up to ${most.burst}.`,
		isWithin(connections, most.connections)
			? undefined
			: `The proxy lets one client hold ${connections} connections, which is more than a limit allows: give "limits: {connections: …}" from 1 to ${most.connections}.`,
		...asksNginx(subject, plan, told => {
			const isLimited = told.has('limit_req') && told.has('limit_req_zone') && told.has('limit_conn');
			const isTold429 = (told.get('limit_req_status') ?? []).includes('429');
			return [
				isLimited && isTold429
					? undefined
					: "The proxy's configuration limits no client's requests, or does not answer 429 when it does: it needs limit_req, limit_conn and limit_req_status 429.",
			];
		}),
	]);
};

function isWithin(value: number, most: number): boolean {
	return value >= 1 && value <= most;
}
