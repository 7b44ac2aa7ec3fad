import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {keysIn, valuedLabels} from './labels.ts';
import {replaced} from './replaced.ts';

const KEYS = ['org.opencontainers.image.revision', 'org.label-schema.vcs-ref'];

export const labelRevision: Rule = function* (subject, params) {
	const {request, file} = subject;
	for (const label of valuedLabels(subject, keysIn(params, KEYS))) {
		const {key, value, line} = label;
		if (!/^(?:[0-9a-f]{7,40}|[0-9a-f]{64})$/.test(value)) {
			const revision = request?.revision ?? '';
			const what = value.endsWith('-dirty')
				? 'says that the sources were changed after the commit: build from a clean checkout'
				: 'is to be the commit the image is made from: write its hash, best as a build argument';
			yield {
				result: 'fail',
				message: `The label ${quoted(key)} with ${quoted(value)} ${what}.`,
				place: {file, line},
				...(/^[0-9a-f]{40,64}$/.test(revision) ? replaced(label, revision, `set to ${revision}`) : {}),
			};
		}
	}
};
