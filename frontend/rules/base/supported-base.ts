import type {Reference} from '../../stages/references.ts';
import type {Fix, Rule} from '../rule.ts';
import {type Support, supportOf} from './end-of-life.ts';
import {externalImages} from './external.ts';
import {imageNameOf, shownRef} from './image-name.ts';

/** What gets no repairs any more is known to everybody, and so are its holes. */
export const supportedBase: Rule = function* (subject) {
	const {file, today = ''} = subject;
	for (const reference of externalImages(subject, 'from')) {
		const {ref, line} = reference;
		const ended = ref === undefined ? [] : supportOf(imageNameOf(ref)).filter(({until}) => until < today);
		const [first] = ended;
		if (ref !== undefined && first !== undefined) {
			const fix = ended.length === 1 ? successor(reference, first) : undefined;
			yield {
				result: 'fail',
				message: messageOf(ref, ended, first),
				place: {file, line},
				observed: {product: first.product, version: first.version, until: first.until},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

function messageOf(ref: string, ended: readonly Support[], {next}: Support): string {
	const what = ended
		.map(({product, version, until}) => `${product} ${version} (since ${until})`)
		.join(' and ');
	return `${shownRef(ref)} gets no security updates any more: out of support is ${what}. Move to a version that is supported, such as ${next}.`;
}

// What may follow a version without changing what the image is made of.
const PLAIN = /^[\w.]+?(?:-(slim|alpine))?$/;

/** The same image in its newest supported version; only where the tag says nothing else that would get lost. */
function successor({ref = '', place}: Reference, {tag: next}: Support): Fix | undefined {
	const {tag = '', digest} = imageNameOf(ref);
	const plain = PLAIN.exec(tag);
	if (next === undefined || place === undefined || digest !== undefined || plain === null) {
		return undefined;
	}

	const variant = plain[1] === undefined ? '' : `-${plain[1]}`;
	const name = ref.slice(0, ref.length - tag.length);
	const text = `${place.before}${name}${next}${variant}${place.after}`;
	return {title: `moved to ${next}${variant}`, edits: [{span: place.span, text}]};
}
