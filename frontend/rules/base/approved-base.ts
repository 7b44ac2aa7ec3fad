import type {Reference} from '../../stages/references.ts';
import {textsOf} from '../params.ts';
import type {Fix, Rule} from '../rule.ts';
import {externalImages} from './external.ts';
import {matchesGlob} from './glob.ts';
import {imageNameOf, shownRef} from './image-name.ts';

/** Which registries and repositories an organisation trusts is its own decision: the bundle lists them. */
export const approvedBase: Rule = function* (subject, params) {
	const {file, target} = subject;
	const allow = textsOf(params, 'allow');
	if (allow.length === 0) {
		const message =
			'The policy lists no approved images (params.allow of approved-base), so none is out of bounds.';
		yield {result: 'not-applicable', message, place: {file, line: target.from.line}};
		return;
	}

	for (const reference of externalImages(subject, 'from', 'copy', 'mount')) {
		const {ref, text, line} = reference;
		const place = {file, line};
		if (ref === undefined) {
			const message = `What "${shownRef(text)}" names depends on the platform or on the build, so nobody can say whether it is approved: name the image.`;
			yield {result: 'not-evaluated', message, place};
		} else if (!isApproved(ref, allow)) {
			const fix = mirrored(reference, textsOf(params, 'mirror'), allow);
			const message = `${shownRef(imageNameOf(ref).full)} is not on the list of approved images: use one that is, or ask for it to be added to the policy.`;
			yield {
				result: 'fail',
				message,
				place,
				observed: {ref: shownRef(ref)},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

/** A pattern without a tag or digest is about the repository, one with about all of the reference. */
export function isApproved(ref: string, allow: readonly string[]): boolean {
	const {full, tag, digest} = imageNameOf(ref);
	const tagged = tag === undefined ? full : `${full}:${tag}`;
	const names = [full, tagged, ...(digest === undefined ? [] : [`${tagged}@${digest}`, `${full}@${digest}`])];
	return allow.some(glob => names.some(name => matchesGlob(name, glob)));
}

/** `docker.io/library/=registry.example/hub/`: the same image, tag and digest, from a place that is approved. */
function mirrored(
	{ref = '', place}: Reference,
	mirrors: readonly string[],
	allow: readonly string[],
): Fix | undefined {
	const {full} = imageNameOf(ref);
	const [from = '', name = ''] =
		mirrors
			.map(mirror => [mirror.slice(0, mirror.indexOf('=')), mirror.slice(mirror.indexOf('=') + 1)] as const)
			.find(([prefix]) => prefix !== '' && full.startsWith(prefix)) ?? [];
	const to = `${name}${full.slice(from.length)}${versionOf(ref)}`;
	return place === undefined || from === '' || /[\s"',$]/.test(to) || !isApproved(to, allow)
		? undefined
		: {
				title: `taken from ${shownRef(to)}`,
				edits: [{span: place.span, text: `${place.before}${to}${place.after}`}],
			};
}

function versionOf(ref: string): string {
	const {tag, digest} = imageNameOf(ref);
	return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
