import type {Rule} from '../rule.ts';
import {exposedIn, holds, isTcp} from './exposed.ts';

/** Where applications speak plain HTTP. */
const PLAIN = [
	80, 3000, 3001, 4000, 4200, 5000, 5173, 8000, 8008, 8080, 8081, 8088, 8090, 8888, 9000,
] as const;
const TLS = [443, 8443] as const;

export const tlsTerminated: Rule = function* (subject) {
	const {plan, planProblems = [], file, target} = subject;
	if (plan !== undefined) {
		const message = `The proxy takes TLS on port ${plan.listeners.https} and stands in front of ${plan.application === undefined ? 'files of the image' : `port ${plan.application.port}, which only it can reach`}.`;
		yield {result: 'fixed', message, place: {file, line: target.from.line}};
		return;
	}

	// A proxy that is wanted and cannot be planned yet is another rule's to tell.
	const exposed = planProblems.length > 0 ? [] : exposedIn(subject, 'final').filter(isTcp);
	const isTls = TLS.some(port => exposed.some(each => holds(each, port)));
	for (const each of exposed) {
		const port = PLAIN.find(known => each.range?.first === known);
		if (port !== undefined && !isTls) {
			yield {
				result: 'fail',
				message: `The application speaks plain HTTP on port ${port} and nothing in the image speaks TLS, so whoever is on the way can read and change everything: put a TLS terminator in front of it. The proxy of Sallyport is one, in images for Linux that do not leave it out by "proxy: none".`,
				place: {file, line: each.word.line},
			};
		}
	}
};
