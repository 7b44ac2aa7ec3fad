import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {type Exposed, exposedIn} from './exposed.ts';

const MAX = 65_535;
const PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp']);

export const validPort: Rule = function* (subject) {
	for (const exposed of exposedIn(subject, 'final', 'build')) {
		const wrong = wrongWith(exposed);
		if (wrong !== undefined) {
			yield {
				result: 'fail',
				message: `EXPOSE ${quoted(exposed.word.text)}: ${wrong}, and the build ends here. Write a number from 1 to ${MAX}, with /udp or /sctp after it where it is not TCP.`,
				place: {file: subject.file, line: exposed.word.line},
			};
		}
	}
};

function wrongWith({range, protocol}: Exposed): string | undefined {
	if (range === undefined) {
		return 'this is no port';
	}

	if (range.first > MAX || range.last > MAX) {
		return `no port is greater than ${MAX}`;
	}

	if (range.first > range.last) {
		return 'the range ends before it begins';
	}

	return PROTOCOLS.has(protocol.toLowerCase()) ? undefined : 'there is no such protocol';
}
