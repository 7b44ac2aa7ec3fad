import type {Rule} from '../rule.ts';
import {finalUser} from './final-user.ts';
import {rootFix, USER} from './root-fix.ts';

export const noRootUser: Rule = function* (subject) {
	const {kind, step} = finalUser(subject);
	if (step === undefined || kind === 'other') {
		return;
	}

	const place = {file: subject.file, line: step.instruction.line};
	if (kind === 'unknown') {
		const message = `USER takes its value from a variable that is not known here: write a number, such as USER ${USER}.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const fix = rootFix(subject);
	yield {
		result: 'fail',
		message: `The image runs as root because this USER is the last: end the stage with another, such as USER ${USER}.`,
		place,
		expected: 'a user other than 0',
		observed: {user: 'root'},
		...(fix === undefined ? {} : {fix}),
	};
};
