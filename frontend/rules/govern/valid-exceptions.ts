import type {Rule} from '../rule.ts';

const PROJECT_FILE = '.sallyport.yaml';

/** A waiver that the controlled party writes is a request. This version knows no approved ones, so each stays open. */
export const validExceptions: Rule = function* ({requestedWaivers, file, target}) {
	for (const {control, line} of requestedWaivers) {
		const message = `A waiver of ${control} is asked for and nobody has approved it, so ${control} is judged as without it: fix what it reports, or take the request out.`;
		yield {result: 'fail', message, place: {file: PROJECT_FILE, line}, observed: {requested: control}};
	}

	if (requestedWaivers.length === 0) {
		const place = {file, line: target.from.line};
		yield {result: 'not-applicable', message: 'No waiver is in force or asked for.', place};
	}
};
