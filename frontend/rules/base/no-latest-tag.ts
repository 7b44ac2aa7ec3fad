import type {Rule} from '../rule.ts';
import {exampleOf} from './example.ts';
import {externalImages} from './external.ts';
import {imageNameOf, shownRef} from './image-name.ts';
import {pinOf} from './pin.ts';

// Tags that are meant to move with every push. A bundle names its own with `params.deny`.
const MOVING: readonly string[] = [
	'latest',
	'edge',
	'nightly',
	'main',
	'master',
	'canary',
	'develop',
	'rolling',
];

export const noLatestTag: Rule = function* (subject, {deny}) {
	const {file} = subject;
	const moving = new Set(Array.isArray(deny) ? deny : MOVING);
	for (const reference of externalImages(subject, 'from', 'copy', 'mount')) {
		const {ref, line} = reference;
		const {tag, digest} = imageNameOf(ref ?? '');
		// With a digest the tag decides nothing. `latest-alpine` moves as `latest` does.
		if (ref === undefined || digest !== undefined || tag === undefined || !isMoving(tag, moving)) {
			continue;
		}

		const fix = pinOf(reference, subject);
		const message = `${shownRef(ref)} names the moving tag "${shownRef(tag)}": write the version that was tested, such as ${exampleOf(ref)}.`;
		yield {
			result: 'fail',
			message,
			place: {file, line},
			observed: {tag: shownRef(tag)},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

function isMoving(tag: string, moving: ReadonlySet<string>): boolean {
	return moving.has(tag) || (tag.startsWith('latest-') && moving.has('latest'));
}
