import type {Rule} from '../rule.ts';
import {isNone, lastHealthCheck} from './last-health-check.ts';

export const noHealthCheckNone: Rule = function* (subject) {
	const last = lastHealthCheck(subject);
	if (last === undefined || !isNone(last)) {
		return;
	}

	const message =
		'HEALTHCHECK NONE switches the health check off, the base image’s too, so nobody sees when the application hangs: write HEALTHCHECK CMD with a command that asks it, or ask for an exception.';
	yield {
		result: 'fail',
		message,
		place: {file: subject.file, line: last.line},
		expected: 'a health check',
	};
};
