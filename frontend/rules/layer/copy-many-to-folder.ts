import type {Rule} from '../rule.ts';
import {copiesOf} from './copies.ts';

export const copyManyToFolder: Rule = function* (subject) {
	for (const {instruction, sources, destination, word, step} of copiesOf(subject)) {
		const expanded = step.expand(destination);
		const isFolder = expanded === undefined || /(?:^|[/\\])\.{0,2}$/.test(expanded);
		if (sources.length < 2 || isFolder) {
			continue;
		}

		// Before the closing quote of the JSON form.
		const at = instruction.json === undefined ? word.span.end : word.span.end - 1;
		const isPlain = instruction.json !== undefined || !/["'\\`]$/.test(destination);
		yield {
			result: 'fail',
			message: `${instruction.keyword} takes ${sources.length} sources into a destination that does not end in "/": unless that folder is there already, each of them overwrites the one before. Write the slash.`,
			place: {file: subject.file, line: instruction.line},
			...(isPlain
				? {fix: {title: 'a slash at the end', edits: [{span: {start: at, end: at}, text: '/'}]}}
				: {}),
		};
	}
};
