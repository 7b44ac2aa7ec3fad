import type {Rule} from '../rule.ts';
import {exampleOf} from './example.ts';
import {externalImages} from './external.ts';
import {imageNameOf, shownRef} from './image-name.ts';
import {pinOf} from './pin.ts';

export const taggedBase: Rule = function* (subject) {
	const {file} = subject;
	for (const reference of externalImages(subject, 'from', 'copy', 'mount')) {
		const {ref, line} = reference;
		// With a digest the tag decides nothing; what is not known yet is the digest rule's to report.
		const name = ref === undefined ? undefined : imageNameOf(ref);
		if (ref !== undefined && name?.tag === undefined && name?.digest === undefined) {
			const fix = pinOf(reference, subject);
			const message = `${shownRef(ref)} has no tag, which means "latest", whatever that is on the day of the build: write the version that was tested, such as ${exampleOf(ref)}.`;
			yield {
				result: 'fail',
				message,
				place: {file, line},
				observed: {tag: ''},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};
