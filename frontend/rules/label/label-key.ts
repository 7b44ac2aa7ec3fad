import {quoted} from '../../dockerfile/error.ts';
import type {Fix, Rule} from '../rule.ts';
import {type Label, labelsOf} from './labels.ts';

const RESERVED = /^(?:com\.docker|io\.docker|org\.dockerproject)\./;
// Docker Desktop reads these of an extension's image.
const FOR_EXTENSIONS = /^com\.docker\.(?:desktop\.)?extension/;

export const labelKey: Rule = function* (subject) {
	const labels = labelsOf(subject);
	const keys = new Set(labels.map(({key}) => key));
	for (const label of labels) {
		const {key, line} = label;
		const problem = problemOf(key);
		if (problem !== undefined) {
			const fix = lowered(label, keys);
			yield {
				result: 'fail',
				message: `The label key ${quoted(key)} ${problem}.`,
				place: {file: subject.file, line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

function problemOf(key: string): string | undefined {
	if (RESERVED.test(key) && !FOR_EXTENSIONS.test(key)) {
		return "lies in Docker's own namespace: use a domain of yours, written backwards";
	}

	if (!/^[a-z0-9]/i.test(key) || !/[a-z0-9]$/i.test(key) || /[._/-]{2}/.test(key)) {
		return 'begins, ends or is joined with more than one separator: keep letters and digits at both ends and one separator between them';
	}

	return /^[a-z0-9._/-]+$/.test(key)
		? undefined
		: 'holds capitals or signs that many readers of labels do not expect: use lower case letters, digits, dots, dashes, underscores and slashes';
}

/** Only capitals are put right: what else a key was to be called is its author's to say. */
function lowered({key, word}: Label, keys: ReadonlySet<string>): Fix | undefined {
	const lower = key.toLowerCase();
	const {start} = word.span;
	const isPlain = word.pair?.name === key && word.text.startsWith(key);
	return !isPlain || keys.has(lower) || problemOf(lower) !== undefined
		? undefined
		: {title: `called ${lower}`, edits: [{span: {start, end: start + key.length}, text: lower}]};
}
