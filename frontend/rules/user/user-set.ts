import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {finalUser} from './final-user.ts';
import {rootFix, USER} from './root-fix.ts';

export const userSet: Rule = function* (subject) {
	const {kind, step} = finalUser(subject);
	if (step !== undefined || kind === 'other') {
		return;
	}

	const {base} = subject.chain;
	const place = {file: subject.file, line: subject.target.from.line};
	const name = base === undefined ? 'the base image' : quoted(base).slice(1, -1);
	if (kind === 'unknown') {
		const message = `No USER is set here, so the image runs as the user of ${name}, which only a build can look up: write USER ${USER} to be sure.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const fix = rootFix(subject);
	yield {
		result: 'fail',
		message: `The image runs as root: neither this Dockerfile nor ${name} sets another user. End the stage with one, such as USER ${USER}.`,
		place,
		expected: 'a user other than 0',
		observed: {user: 'root'},
		...(fix === undefined ? {} : {fix}),
	};
};
