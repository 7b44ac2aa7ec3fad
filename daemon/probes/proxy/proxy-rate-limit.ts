import {headerIn, onCanary, reachedIn, statusesIn} from '../canary.ts';

/** Twice what the canary lets through at once, over one connection. */
const REQUESTS = 12;

/** A burst at the canary's own low limit: what is too much has to be told so, and when to come again. */
export const proxyRateLimit = onCanary(async (canary, _proxy, {rude}, signal) =>
	rude.alone(async () => {
		const text = Array.from({length: REQUESTS}, (_, index) =>
			canary.request('burst', {lines: index === REQUESTS - 1 ? ['Connection: close'] : []}),
		).join('');
		const heard = await rude.say(canary.endpoint, {pieces: [{text}], mostMs: 4000}, signal);
		const statuses = statusesIn(heard.text);
		const observed = {
			requests: REQUESTS,
			answered: statuses.length,
			limited: statuses.filter(status => status === 429).length,
			reached: reachedIn(heard.text),
		};
		if (observed.limited > 0) {
			const refusal = heard.text.slice(heard.text.indexOf(' 429 ') - 'HTTP/1.1'.length);
			return headerIn(refusal, 'retry-after').length > 0
				? [
						{
							result: 'pass',
							message: `Of ${REQUESTS} requests at once ${observed.limited} were answered with 429 and Retry-After`,
							observed,
						},
					]
				: [
						{
							result: 'fail',
							message: 'Too many requests are answered with 429, but not with Retry-After',
							observed,
						},
					];
		}

		const isUnavailable = statuses.includes(503);
		return [
			{
				result: 'fail',
				message: isUnavailable
					? 'Too many requests are answered with 503, which reads like an outage; set limit_req_status 429'
					: `Of ${REQUESTS} requests at once none was limited; put back the limits that were built`,
				observed,
			},
		];
	}),
);
