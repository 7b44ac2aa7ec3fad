import type {Rule} from '../rule.ts';
import {exampleOf} from './example.ts';
import {externalImages} from './external.ts';
import {type ImageName, imageNameOf, officialNameOf, shownRef} from './image-name.ts';
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
	'rawhide',
	'sid',
	'unstable',
];
// Of an official image these say how it is made, and of which version nothing.
const VARIANTS: ReadonlySet<string> = new Set(['alpine', 'slim', 'alpine-slim']);

export const noLatestTag: Rule = function* (subject, {deny}) {
	const {file} = subject;
	const moving = new Set(Array.isArray(deny) ? deny : MOVING);
	for (const reference of externalImages(subject, 'from', 'copy', 'mount')) {
		const {ref, line} = reference;
		const name = imageNameOf(ref ?? '');
		const {tag, digest} = name;
		// With a digest the tag decides nothing.
		if (ref === undefined || digest !== undefined || tag === undefined || !isMoving(name, tag, moving)) {
			continue;
		}

		const fix = pinOf(reference, subject);
		const message = `${shownRef(ref)} names the moving tag "${shownRef(tag)}": write the version that was tested, such as ${exampleOf(ref, variantOf(tag))}.`;
		yield {
			result: 'fail',
			message,
			place: {file, line},
			observed: {tag: shownRef(tag)},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

/** `latest-alpine` and `sid-slim` move as `latest` and `sid` do; what has a number behind it may well stay. */
function isMoving(name: ImageName, tag: string, moving: ReadonlySet<string>): boolean {
	const [head = '', ...rest] = tag.split('-');
	return (
		moving.has(tag) ||
		(moving.has(head) && !/\d/.test(rest.join(''))) ||
		(VARIANTS.has(tag) && moving.has('latest') && officialNameOf(name) !== undefined)
	);
}

function variantOf(tag: string): string {
	return VARIANTS.has(tag) ? tag : tag.split('-').slice(1).join('-');
}
