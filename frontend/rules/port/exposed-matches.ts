import type {Fix, Rule, Subject} from '../rule.ts';
import {type Exposed, exposedIn, holds, isTcp} from './exposed.ts';
import {type Listening, listeningOf} from './listening.ts';

export const exposedMatches: Rule = function* (subject) {
	const listening = listeningOf(subject);
	const exposed = exposedIn(subject, 'final');
	if (listening === undefined || exposed.some(each => isTcp(each) && holds(each, listening.port))) {
		return;
	}

	const {port, line} = listening;
	const {base} = subject.chain;
	const facts = base === undefined ? undefined : subject.images.get(base);
	const place = {file: subject.file, line};
	if (facts?.exposedPorts?.includes(port) === true) {
		return;
	}

	if (exposed.length === 0 && base !== 'scratch' && facts?.exposedPorts === undefined) {
		const message = `The server is told to listen on ${port}; whether the base image announces that port only a build can look up.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const fix = fixOf(subject, exposed, listening);
	yield {
		result: 'fail',
		message: `The server is told to listen on ${port} and no EXPOSE names that port${misled(subject, port)}: write EXPOSE ${port}.`,
		place,
		...(fix === undefined ? {} : {fix}),
	};
};

function misled({plan}: Subject, port: number): string {
	return plan?.application === undefined || plan.application.port === port
		? ''
		: `, so the proxy would ask port ${plan.application.port}`;
}

/** Where none is named, it is added; where another one is, it is most likely the one that was meant. */
function fixOf(subject: Subject, exposed: readonly Exposed[], {port}: Listening): Fix | undefined {
	const [only] = exposed;
	if (only === undefined) {
		return {title: `EXPOSE ${port}`, append: [`EXPOSE ${port}`]};
	}

	const isOne = exposed.length === 1 && only.isLiteral && only.step.stage === subject.target;
	return isOne && /^\d+(?:\/tcp)?$/.test(only.text)
		? {title: `EXPOSE ${port}`, edits: [{span: only.word.span, text: String(port)}]}
		: undefined;
}
