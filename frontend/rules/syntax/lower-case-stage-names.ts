import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {renamer} from './stage-names.ts';

export const lowerCaseStageNames: Rule = function* ({dockerfile, file}) {
	const rename = renamer(dockerfile);
	for (const stage of dockerfile.stages) {
		const {name, from} = stage;
		const word = from.words[2];
		if (name === undefined || word === undefined || word.text === name) {
			continue;
		}

		// BuildKit compares names without case, so the stage's own name is enough where others cannot be edited.
		const edits = rename(stage, name) ?? [{span: word.span, text: name}];
		yield {
			result: 'fail',
			message: `The stage name ${quoted(word.text)} has upper-case letters, and FROM only finds it in lower case: write ${quoted(name)}.`,
			place: {file, line: word.line},
			fix: {title: `named ${name}`, edits},
		};
	}
};
