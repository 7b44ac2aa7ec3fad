import type {Rule} from '../rule.ts';

/** Everything that can be said before nginx reads its configuration; `nginx -t` then runs as a step of the build itself. */
export const validPlan: Rule = function* ({plan, planProblems = [], file, target, isOffline}) {
	const place = {file, line: target.from.line};
	for (const problem of planProblems) {
		yield {result: 'fail', message: problem.message, place: {file: problem.file ?? file, line: problem.line}};
	}

	if (planProblems.length > 0) {
		return;
	}

	if (plan === undefined) {
		yield {
			result: 'not-applicable',
			message: 'No proxy goes into this image, so there is no configuration.',
			place,
		};
		return;
	}

	if (isOffline === true) {
		const message =
			'The plan is sound; whether the proxy accepts its configuration is proved by a step of the build.';
		yield {result: 'not-evaluated', message, place};
	}
};
