import type {Rule} from '../rule.ts';
import {linesOf} from './written.ts';

const MOST = 500;

export const fileLength: Rule = function* (subject, {lines: most = MOST}) {
	const {file} = subject;
	const {length} = linesOf(subject);
	if (typeof most === 'number' && length > most) {
		const message = `The Dockerfile has ${length} lines, and more than ${most} are hard to review: move scripts into files and COPY them, or part it by what is built.`;
		yield {result: 'fail', message, place: {file, line: 1}};
	}
};
