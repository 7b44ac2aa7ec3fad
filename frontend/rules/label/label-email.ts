import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {keysIn, valuedLabels} from './labels.ts';

const KEYS = ['org.opencontainers.image.authors', 'maintainer'];

/** Whoever finds something wrong with the image wants to write to somebody. */
export const labelEmail: Rule = function* (subject, params) {
	for (const {key, value, line} of valuedLabels(subject, keysIn(params, KEYS))) {
		if (!hasAddress(value)) {
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} names nobody whom one could write to: add an e-mail address or a URL.`,
				place: {file: subject.file, line},
			};
		}
	}
};

function hasAddress(value: string): boolean {
	const words = value.slice(0, 2000).split(/[\s<>()[\],;"']+/);
	return words.some(word => isAddress(word) || /^https?:\/\/\S/.test(word));
}

function isAddress(word: string): boolean {
	const at = word.lastIndexOf('@');
	const domain = word.slice(at + 1);
	return at > 0 && domain.includes('.') && /^[\w.-]+$/.test(domain);
}
