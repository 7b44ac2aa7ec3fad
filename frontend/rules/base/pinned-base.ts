import {externalReferences, type Reference, referencesOf} from '../../stages/references.ts';
import type {Fix, Rule, Subject} from '../rule.ts';

const PINNED = /@sha256:[0-9a-f]{64}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const pinnedBase: Rule = function* (subject) {
	const {dockerfile, needed, buildArgs, contexts, file} = subject;
	const references = referencesOf(dockerfile, buildArgs);
	for (const reference of externalReferences(references, needed, contexts)) {
		const place = {file, line: reference.line};
		const {ref, text} = reference;
		if (ref === undefined) {
			const message = `What "${shown(text)}" names depends on the platform or on the build, so it cannot be pinned here: name the image with tag@sha256:….`;
			yield {result: 'not-evaluated', message, place};
			continue;
		}

		if (!PINNED.test(ref)) {
			const fix = fixOf(reference, subject);
			const message = `${shown(ref)} is not pinned by digest, so the same Dockerfile can build from another image tomorrow: write ${shown(withoutDigest(ref))}@sha256:….`;
			yield {
				result: 'fail',
				message,
				place,
				observed: {ref: shown(ref)},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

/**
 * The digest goes behind the reference as expanded: what an ARG stands for is settled for this build, and the digest is the
 * index's, so it holds for every platform of it.
 */
function fixOf({ref = '', place}: Reference, {images}: Subject): Fix | undefined {
	const digest = images.get(ref)?.digest;
	if (
		place === undefined ||
		digest === undefined ||
		!DIGEST.test(digest) ||
		ref.includes('@') ||
		/\s/.test(ref)
	) {
		return undefined;
	}

	const text = `${place.before}${ref}@${digest}${place.after}`;
	return {title: `pinned to ${digest}`, edits: [{span: place.span, text}]};
}

function withoutDigest(ref: string): string {
	return ref.split('@')[0] ?? ref;
}

function shown(text: string): string {
	return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
