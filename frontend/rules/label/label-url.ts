import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {keysIn, valuedLabels} from './labels.ts';

const KEYS = [
	'org.opencontainers.image.url',
	'org.opencontainers.image.source',
	'org.opencontainers.image.documentation',
	'org.label-schema.url',
	'org.label-schema.vcs-url',
];

export const labelUrl: Rule = function* (subject, params) {
	for (const {key, value, line} of valuedLabels(subject, keysIn(params, KEYS))) {
		if (!/^[a-z][a-z0-9+.-]*:\/\/[^\s/]/i.test(value)) {
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} is to be a URL, and ${quoted(value)} is none: write it with its scheme, as in https://….`,
				place: {file: subject.file, line},
			};
		}
	}
};
