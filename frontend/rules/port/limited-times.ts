import type {Plan} from '../../proxies/plan.ts';
import type {Rule} from '../rule.ts';
import {asksNginx, withoutProxy, wrongs} from './configuration.ts';

type Wait = keyof Plan['timeouts'];

/** The longest that is still a limit, in seconds, and what is waited for. */
const waits: Readonly<Record<Wait, {readonly most: number; readonly what: string}>> = {
	clientSeconds: {most: 300, what: 'a slow client'},
	connectSeconds: {most: 75, what: "the application's connection"},
	upstreamSeconds: {most: 3600, what: "the application's answer"},
	drainSeconds: {most: 600, what: 'running requests when the container is stopped'},
};

const DIRECTIVES = [
	'client_header_timeout',
	'client_body_timeout',
	'send_timeout',
	'proxy_connect_timeout',
	'proxy_read_timeout',
	'proxy_send_timeout',
	'worker_shutdown_timeout',
] as const;

export const limitedTimes: Rule = function* (subject) {
	const {plan} = subject;
	if (plan === undefined) {
		yield* withoutProxy(subject);
		return;
	}

	yield* wrongs(subject, [
		...(Object.entries(waits) as readonly [Wait, (typeof waits)[Wait]][]).map(([name, {most, what}]) => {
			const seconds = plan.timeouts[name];
			// Zero is for ever where it is not at once.
			const isLimited = seconds > 0 || name === 'drainSeconds';
			return isLimited && seconds <= most
				? undefined
				: `The proxy waits ${seconds} seconds for ${what}, and ${most} is the most: slow clients or a hanging application would use it up.`;
		}),
		...asksNginx(subject, plan, told => {
			const isGiven = (name: string): boolean =>
				(told.get(name) ?? []).some(text => /^[1-9]\d*m?s$/.test(text));
			const missing = DIRECTIVES.filter(name => !isGiven(name));
			return [
				missing.length === 0
					? undefined
					: `The proxy's configuration sets no ${missing.join(', ')}, so it waits as long as nginx does by itself: give each a time in seconds.`,
			];
		}),
	]);
};
