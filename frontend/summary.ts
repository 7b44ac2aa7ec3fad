import type {Bundle} from '../policies/bundle.ts';
import type {Decision} from './decision.ts';
import type {Plan} from './proxies/plan.ts';

/** One line for the progress display. */
export function summaryOf(
	{name}: Bundle,
	{examined: {verdict, plan, engine}, passage: {ticket}}: Decision,
): string {
	const alarm = ticket === undefined ? '' : `BREAK-GLASS ${ticket}, `;
	const {fixed, fail, pass} = verdict.counts;
	const proxy = plan === undefined ? 'no listener, no proxy' : `${engine} before ${whatIsBehind(plan)}`;
	return `${alarm}policy ${name}: ${fixed} fixed, ${fail} to look at, ${pass} passed; ${proxy}`;
}

function whatIsBehind({application, upstreams: [first]}: Plan): string {
	const [server] = first?.servers ?? [];
	const behind = server === undefined ? 'files of the image' : `${server.host} port ${server.port}`;
	return application === undefined ? behind : `port ${application.port}`;
}
