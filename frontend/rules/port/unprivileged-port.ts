import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {finalUser} from '../user/final-user.ts';
import {type Exposed, exposedIn} from './exposed.ts';
import {type Listening, listeningOf} from './listening.ts';

const FIRST_FREE = 1024;

export const unprivilegedPort: Rule = function* (subject) {
	const user = finalUser(subject);
	if (user.kind !== 'other') {
		return;
	}

	yield* proxyPorts(subject);
	const all = exposedIn(subject, 'final');
	const listening = all.length === 1 ? listeningOf(subject) : undefined;
	for (const exposed of all) {
		const port = exposed.range?.first ?? FIRST_FREE;
		if (port > 0 && port < FIRST_FREE) {
			const fix = fixOf(listening, exposed);
			yield {
				result: 'fail',
				message: `EXPOSE names port ${port}, and the image does not run as root: outside Docker's own networks such a user may not listen below ${FIRST_FREE}. Let the server listen on a higher port, such as ${8000 + port}, and map it with docker run -p ${port}:${8000 + port}.`,
				place: {file: subject.file, line: exposed.word.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

function* proxyPorts({plan, file, target}: Subject): Generator<RuleFinding> {
	const low = Object.values(plan?.listeners ?? {}).filter(port => port < FIRST_FREE);
	for (const port of low) {
		const message = `The proxy is to listen on port ${port}, and the image does not run as root: give it a port from ${FIRST_FREE} under "listeners:" in the project file.`;
		yield {result: 'fail', message, place: {file, line: target.from.line}};
	}
}

/** Only where the command line shows that the server listens elsewhere anyway. */
function fixOf(listening: Listening | undefined, {word, text, isLiteral}: Exposed): Fix | undefined {
	const isMistaken = listening !== undefined && listening.port >= FIRST_FREE;
	return isMistaken && isLiteral && /^\d+(?:\/tcp)?$/i.test(text)
		? {title: `EXPOSE ${listening.port}`, edits: [{span: word.span, text: String(listening.port)}]}
		: undefined;
}
