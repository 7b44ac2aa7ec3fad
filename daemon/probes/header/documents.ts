import {type Answer, valuesOf} from '../ask.ts';
import type {Page} from '../pages.ts';
import {trimmed} from './values.ts';

const types: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml', 'image/svg+xml']);
const unknownTypes: ReadonlySet<string> = new Set(['', '*/*', 'unknown/unknown', 'application/unknown']);

/** Whether a browser makes a document of a page: it can run script, be framed and have a base. A redirect is never shown. */
export function isDocument({what, answer}: Page): boolean {
	if (what === 'redirect' || answer.status < 200 || answer.status === 204 || answer.status === 304) {
		return false;
	}

	// Of several types some reader takes each.
	const said = valuesOf(answer, 'content-type').map(essenceOf);
	return (
		said.some(type => types.has(type)) || (said.every(type => unknownTypes.has(type)) && looksLikeIt(answer))
	);
}

/** Type and subtype, without parameters. */
export function essenceOf(type: string): string {
	return trimmed(type.split(';')[0] ?? '').toLowerCase();
}

/** Without a type a browser guesses, and guesses HTML by its first bytes; `nosniff` forbids that. */
function looksLikeIt(answer: Answer): boolean {
	const isForbidden = valuesOf(answer, 'x-content-type-options').some(value => /nosniff/i.test(value));
	return !isForbidden && trimmed(answer.body.slice(0, 1024)).startsWith('<');
}
