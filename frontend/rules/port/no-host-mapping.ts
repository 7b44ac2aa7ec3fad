import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {exposedIn} from './exposed.ts';

export const noHostMapping: Rule = function* (subject) {
	for (const {word, text, isMapping, isLiteral} of exposedIn(subject, 'final', 'build', 'unused')) {
		const own = text.slice(text.lastIndexOf(':') + 1);
		if (isMapping) {
			yield {
				result: 'fail',
				message: `EXPOSE ${quoted(word.text)} names a port of the host, which an image cannot choose: the builder drops it. Write the container's port alone, and give the host's port to docker run -p.`,
				place: {file: subject.file, line: word.line},
				...(isLiteral ? {fix: {title: `EXPOSE ${own}`, edits: [{span: word.span, text: own}]}} : {}),
			};
		}
	}
};
