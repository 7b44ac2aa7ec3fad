import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {exposedIn} from './exposed.ts';

export const lowerCaseProtocol: Rule = function* (subject) {
	for (const {word, text, protocol, isLiteral} of exposedIn(subject, 'final', 'build', 'unused')) {
		const lower = protocol.toLowerCase();
		if (protocol !== lower) {
			const right = text.slice(0, text.length - protocol.length) + lower;
			yield {
				result: 'fail',
				message: `The protocol in EXPOSE ${quoted(word.text)} is written in capitals: write it in small letters, as the image's configuration has it.`,
				place: {file: subject.file, line: word.line},
				...(isLiteral
					? {fix: {title: `${lower} in small letters`, edits: [{span: word.span, text: right}]}}
					: {}),
			};
		}
	}
};
