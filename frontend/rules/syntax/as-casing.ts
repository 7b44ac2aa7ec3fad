import type {Rule} from '../rule.ts';
import {keywordAt} from './written.ts';

export const asCasing: Rule = function* ({dockerfile, file}) {
	for (const {from} of dockerfile.stages) {
		const as = from.words[1];
		const keyword = keywordAt(dockerfile, from);
		const casing = keyword && casingOf(keyword.text);
		if (as === undefined || casing === undefined || as.text === casing) {
			continue;
		}

		yield {
			result: 'fail',
			message: `${keyword?.text} and ${as.text} are written in different cases: write ${casing}.`,
			place: {file, line: as.line},
			fix: {title: `${casing}, as ${keyword?.text}`, edits: [{span: as.span, text: casing}]},
		};
	}
};

/** How AS should be written; nothing for a mixed FROM, which instruction-casing judges. */
function casingOf(from: string): string | undefined {
	return new Map([
		['FROM', 'AS'],
		['from', 'as'],
	]).get(from);
}
