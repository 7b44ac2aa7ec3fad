import {valuesOf} from '../ask.ts';
import {parsePolicies} from './csp.ts';
import {isFramedByAnyone} from './csp-flaws.ts';
import {isDocument} from './documents.ts';
import {ofPages} from './of-pages.ts';
import {listedIn, shown} from './values.ts';

export const hdrFrame = ofPages(
	page => {
		if (!isDocument(page)) {
			return undefined;
		}

		const policies = parsePolicies(valuesOf(page.answer, 'content-security-policy'));
		const framing = policies.filter(policy => policy.has('frame-ancestors'));
		if (framing.length > 0) {
			// CSP3 §6.4.2.2: where a policy speaks of framing, X-Frame-Options is not read.
			return framing.every(isFramedByAnyone)
				? [
						'may be framed by anyone: its frame-ancestors names every host, and X-Frame-Options is not read beside it',
					]
				: [];
		}

		return optionsFlaw(valuesOf(page.answer, 'x-frame-options'));
	},
	{passed: 'lets no stranger frame its documents', none: 'sends no document that could be framed'},
);

/** HTML, "The X-Frame-Options header": DENY and SAMEORIGIN count; what contradicts itself is denied as soon as one word of it is known. */
function optionsFlaw(values: readonly string[]): readonly string[] {
	const options = new Set(listedIn(values).map(value => value.toLowerCase()));
	if (options.size === 0) {
		return ['may be framed by anyone; send frame-ancestors, or X-Frame-Options: SAMEORIGIN'];
	}

	const isKept =
		options.size === 1
			? options.has('deny') || options.has('sameorigin')
			: ['deny', 'sameorigin', 'allowall'].some(option => options.has(option));
	const [first = ''] = options;
	return isKept
		? []
		: [`says X-Frame-Options: ${shown(first, 64)}, which browsers do not read; send DENY or SAMEORIGIN`];
}
