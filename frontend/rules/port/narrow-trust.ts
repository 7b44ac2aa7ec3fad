import type {Rule} from '../rule.ts';
import {withoutProxy, wrongs} from './configuration.ts';

/** Networks that nobody outside can send from: RFC 1918, RFC 4193, shared space of RFC 6598, link-local and loopback. */
const PRIVATE =
	/^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe80:|::1\/)/;

/** A content delivery network's own are smaller. */
const SHORTEST = {ipv4: 12, ipv6: 28} as const;

export const narrowTrust: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	const wide = plan.trustedProxies.filter(network => {
		const length = Number(network.split('/')[1]);
		const shortest = network.includes(':') ? SHORTEST.ipv6 : SHORTEST.ipv4;
		return !PRIVATE.test(network) && length < shortest;
	});
	yield* wrongs(
		subject,
		wide
			.slice(0, 8)
			.map(
				network =>
					`The proxy believes what ${network} says of where a client comes from, and that is a good part of the Internet: whoever sits there chooses the address that limits, lists and logs go by. Name the load balancer's own networks under "trustedProxies:".`,
			),
	);
};
