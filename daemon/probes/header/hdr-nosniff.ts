import {valuesOf} from '../ask.ts';
import {ofPages} from './of-pages.ts';
import {listedIn, shown} from './values.ts';

/** The body of a redirect is read by nobody, so nobody guesses its type. */
export const hdrNosniff = ofPages(
	({what, answer}) => {
		if (what === 'redirect' || answer.body === '') {
			return undefined;
		}

		// Fetch, "determine nosniff": of all values the first alone counts.
		const [first] = listedIn(valuesOf(answer, 'x-content-type-options'));
		if (first === undefined) {
			return ['lets browsers guess its type; send X-Content-Type-Options: nosniff'];
		}

		return first.toLowerCase() === 'nosniff'
			? []
			: [`says X-Content-Type-Options: ${shown(first, 32)}, which means nothing; the one value is nosniff`];
	},
	{passed: 'forbids guessing at types on every answer with a body', none: 'sends no answer with a body'},
);
