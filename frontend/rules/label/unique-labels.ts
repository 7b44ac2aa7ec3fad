import {quoted} from '../../dockerfile/error.ts';
import {withoutWord} from '../instruction-edits.ts';
import type {Rule} from '../rule.ts';
import {type Label, labelsOf} from './labels.ts';

/** Of two values for one key only the last is in the image, and whoever reads the file sees the other. */
export const uniqueLabels: Rule = function* (subject) {
	const {file, dockerfile, request} = subject;
	const given = new Set(request?.labels ?? []);
	for (const label of labelsOf(subject)) {
		if (given.has(label.key)) {
			const message = `The label ${quoted(label.key)} is set on the command line too, and that value wins: keep one of them.`;
			yield {result: 'fail', message, place: {file, line: label.line}};
		}
	}

	for (const [earlier, later] of repeated(labelsOf(subject))) {
		const edit = withoutWord(dockerfile, earlier.step.instruction, earlier.word);
		const message = `The label ${quoted(earlier.key)} gets another value on line ${later.line}, and only that one is in the image: take this one out.`;
		yield {
			result: 'fail',
			message,
			place: {file, line: earlier.line},
			...(edit === undefined ? {} : {fix: {title: 'first value taken out', edits: [edit]}}),
		};
	}
};

/** Pairs of one key in one stage. A stage may well say it otherwise than the one it starts from. */
function repeated(labels: readonly Label[]): readonly (readonly [Label, Label])[] {
	const last = new Map<string, Label>();
	const pairs: (readonly [Label, Label])[] = [];
	for (const label of labels) {
		const id = `${label.step.stage.index} ${label.key}`;
		const earlier = last.get(id);
		if (earlier !== undefined) {
			pairs.push([earlier, label]);
		}

		last.set(id, label);
	}

	return pairs;
}
