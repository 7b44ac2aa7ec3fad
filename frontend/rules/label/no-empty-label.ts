import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {labelsOf} from './labels.ts';

export const noEmptyLabel: Rule = function* (subject) {
	const {file, images, chain} = subject;
	const inherited = images.get(chain.base ?? '')?.labels ?? {};
	for (const {key, value, line, isComputed} of labelsOf(subject)) {
		// An empty one takes away what the base image says.
		if (value?.trim() === '' && !Object.hasOwn(inherited, key)) {
			const what = isComputed
				? 'comes out empty in this build: give its variable a value'
				: 'is empty: give it a value';
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} ${what}, or take it out.`,
				place: {file, line},
			};
		}
	}
};
