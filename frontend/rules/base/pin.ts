import type {Reference} from '../../stages/references.ts';
import type {Fix, RuleFinding, Subject} from '../rule.ts';
import {shownRef} from './image-name.ts';

const PINNED = /@sha256:[0-9a-f]{64}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What is to be said of references that a digest should settle. */
export function* unpinned(references: readonly Reference[], subject: Subject): Iterable<RuleFinding> {
	const {file} = subject;
	for (const reference of references) {
		const place = {file, line: reference.line};
		const {ref, text} = reference;
		if (ref === undefined) {
			const message = `What "${shownRef(text)}" names depends on the platform or on the build, so it cannot be pinned here: name the image with tag@sha256:….`;
			yield {result: 'not-evaluated', message, place};
		} else if (!PINNED.test(ref)) {
			const fix = pinOf(reference, subject);
			const message = `${shownRef(ref)} is not pinned by digest, so the same Dockerfile can build from another image tomorrow: write ${shownRef(withoutDigest(ref))}@sha256:….`;
			yield {
				result: 'fail',
				message,
				place,
				observed: {ref: shownRef(ref)},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
}

/**
 * The digest goes behind the reference as expanded: what an ARG stands for is settled for this build, and the digest is the
 * index's, so it holds for every platform of it.
 */
export function pinOf({ref = '', place}: Reference, {images}: Subject): Fix | undefined {
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
