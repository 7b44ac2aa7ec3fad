import {valuesOf} from '../ask.ts';
import {isDocument} from './documents.ts';
import {metaOf} from './meta.ts';
import {ofPages} from './of-pages.ts';
import {listedIn} from './values.ts';

const sparing: ReadonlySet<string> = new Set([
	'no-referrer',
	'same-origin',
	'strict-origin',
	'strict-origin-when-cross-origin',
]);
const known: ReadonlySet<string> = new Set([
	...sparing,
	'no-referrer-when-downgrade',
	'origin',
	'origin-when-cross-origin',
	'unsafe-url',
]);
/** HTML, "Standard metadata names": what `<meta name=referrer>` said before there was a header. */
const old: ReadonlyMap<string, string> = new Map([
	['never', 'no-referrer'],
	['default', 'strict-origin-when-cross-origin'],
	['always', 'unsafe-url'],
	['origin-when-crossorigin', 'origin-when-cross-origin'],
]);

export const hdrReferrer = ofPages(
	page => {
		const {what, answer} = page;
		const values = valuesOf(answer, 'referrer-policy');
		const isShown = isDocument(page);
		// A redirect that says nothing changes nothing; one that says something decides for the request that follows.
		if (!isShown && (what !== 'redirect' || values.length === 0)) {
			return undefined;
		}

		const policy = policyOf(values, isShown ? metaOf(page).referrer : []);
		if (policy === undefined) {
			return [
				'leaves to the browser how much of its address others learn; send Referrer-Policy: strict-origin-when-cross-origin',
			];
		}

		return sparing.has(policy)
			? []
			: [
					`tells others more than its origin: ${policy}; send Referrer-Policy: strict-origin-when-cross-origin`,
				];
	},
	{passed: 'tells others no more than its origin', none: 'sends no document that could lead elsewhere'},
);

/** Referrer Policy §8.1: the last word that is known counts, so that new ones can be tried. An element speaks after the header. */
function policyOf(values: readonly string[], meta: readonly string[]): string | undefined {
	const inHeader = listedIn(values).map(value => value.toLowerCase());
	const inPage = meta
		.map(content => content.trim().toLowerCase())
		.map(content => old.get(content) ?? content);
	return [...inHeader, ...inPage].findLast(word => known.has(word));
}
