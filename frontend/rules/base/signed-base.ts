import type {Rule} from '../rule.ts';
import {finalBase} from './external.ts';
import {shownRef} from './image-name.ts';

/** Signatures lie in a registry, and whose are good is written in keys: neither is at hand where a Dockerfile is judged. */
export const signedBase: Rule = function* (subject) {
	const base = finalBase(subject);
	if (base !== undefined) {
		const message = `Nobody has looked for a signature of ${shownRef(base.ref ?? base.text)}: verify it before it is approved, for example with cosign verify when it is mirrored.`;
		yield {result: 'not-evaluated', message, place: {file: subject.file, line: base.line}};
	}
};
