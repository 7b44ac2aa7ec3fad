import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {keysIn, valuedLabels} from './labels.ts';

const KEYS = ['org.opencontainers.image.version', 'org.label-schema.version'];

export const labelVersion: Rule = function* (subject, params) {
	for (const {key, value, line} of valuedLabels(subject, keysIn(params, KEYS))) {
		if (!/^v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(value)) {
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} is to be a version with three numbers, and ${quoted(value)} is none: write it as in 1.4.2 or 1.4.2-rc.1.`,
				place: {file: subject.file, line},
			};
		}
	}
};
