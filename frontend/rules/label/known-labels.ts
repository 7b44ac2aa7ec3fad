import {quoted} from '../../dockerfile/error.ts';
import {matchesGlob} from '../base/glob.ts';
import {withoutWord} from '../instruction-edits.ts';
import type {Rule} from '../rule.ts';
import {labelsOf} from './labels.ts';

/** Which labels mean something is agreed on by those who read them; the bundle lists them. */
export const knownLabels: Rule = function* (subject, {allow}) {
	const {file, dockerfile} = subject;
	const globs = Array.isArray(allow) ? (allow as readonly string[]) : [];
	if (globs.length === 0) {
		return;
	}

	for (const {key, word, step, line} of labelsOf(subject)) {
		if (!key.startsWith('dev.sallyport.') && !globs.some(glob => matchesGlob(key, glob))) {
			const edit = withoutWord(dockerfile, step.instruction, word);
			const message = `The policy does not know the label ${quoted(key)}, so nothing reads it: take it out, or ask for it to be added.`;
			yield {
				result: 'fail',
				message,
				place: {file, line},
				...(edit === undefined ? {} : {fix: {title: 'label taken out', edits: [edit]}}),
			};
		}
	}
};
