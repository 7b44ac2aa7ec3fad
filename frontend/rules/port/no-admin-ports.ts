import {withoutWord} from '../instruction-edits.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {type Exposed, exposedIn, holds, isTcp} from './exposed.ts';

/** Where somebody logs in, or commands a machine. */
const ADMIN: ReadonlyMap<number, string> = new Map([
	[22, 'SSH'],
	[23, 'Telnet'],
	[2375, "Docker's own interface without TLS"],
	[3389, 'Remote Desktop'],
	[5900, 'VNC'],
]);

export const noAdminPorts: Rule = function* (subject) {
	for (const exposed of exposedIn(subject, 'final')) {
		const [port, title] = [...ADMIN].find(([each]) => isTcp(exposed) && holds(exposed, each)) ?? [];
		if (port !== undefined && title !== undefined) {
			const fix = fixOf(subject, exposed);
			yield {
				result: 'fail',
				message: `EXPOSE offers port ${port}, which is ${title}: whoever reaches it can try to take the container over. Take it out, and use docker exec instead.`,
				place: {file: subject.file, line: exposed.word.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

function fixOf({dockerfile}: Subject, {step, word, range, isLiteral}: Exposed): Fix | undefined {
	const isOne = isLiteral && range !== undefined && range.first === range.last;
	const edit = isOne ? withoutWord(dockerfile, step.instruction, word) : undefined;
	return edit === undefined ? undefined : {title: `port ${word.text} is not announced`, edits: [edit]};
}
