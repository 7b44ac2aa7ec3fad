import {linesToIgnore} from '../ignore-lines.ts';
import type {Rule} from '../rule.ts';
import {copiesOf, isWhole} from './copies.ts';

export const noWholeContext: Rule = function* (subject) {
	const {ignoreFile, file, roleOf} = subject;
	// An ignore file that holds anything has made the context smaller.
	if (ignoreFile?.text !== undefined && /^[ \t]*[^#\s]/m.test(ignoreFile.text)) {
		return;
	}

	const lines = linesToIgnore(subject, {needsHistory: false});
	for (const {instruction, stage, sources, from} of copiesOf(subject)) {
		if (from === undefined && roleOf(stage) === 'final' && sources.some(isWhole)) {
			const message = `${instruction.keyword} puts the whole build context into the image, tests, notes and the repository's history too, and any change to them makes the layer anew: name what the application needs, or keep the rest out with .dockerignore, in which these lines are a beginning: ${lines.join(' and ')}.`;
			yield {
				result: 'fail',
				message,
				place: {file, line: instruction.line},
				observed: {ignore: lines.join('\n')},
			};
		}
	}
};
