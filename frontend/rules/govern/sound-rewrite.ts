import type {Rule} from '../rule.ts';

/** A repair that breaks a file is thrown away before anybody builds it. That it was one is ours to know and to mend. */
export const soundRewrite: Rule = function* ({unsound = [], file, target}) {
	for (const {rule, line = target.from.line} of unsound) {
		const message = `A repair of ${rule} would have broken this file, so it was not made: please report it with this line, it is a defect of ours, and make the repair by hand.`;
		yield {result: 'fail', message, place: {file, line}, observed: {rule}};
	}
};
