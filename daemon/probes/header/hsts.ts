import {trimmed} from './values.ts';

/** What Strict-Transport-Security says, as RFC 6797 has browsers read it. */
export type Hsts =
	| {readonly state: 'absent'}
	/** Sent, and ignored. */
	| {readonly state: 'void'; readonly reason: string}
	| {
			readonly state: 'kept';
			/** In seconds; 0 forgets what was said before. */
			readonly maxAge: number;
			readonly includeSubDomains: boolean;
			/** No word of the RFC: it asks for a place in lists that browsers bring. */
			readonly preload: boolean;
			/** Further header lines, which browsers do not read (§8.1). */
			readonly ignored: number;
	  };

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** @param values of the header's lines, in order and unmerged */
export function readHsts(values: readonly string[]): Hsts {
	const [first, ...more] = values;
	if (first === undefined) {
		return {state: 'absent'};
	}

	const directives = directivesOf(first);
	if (typeof directives === 'string') {
		return {state: 'void', reason: directives};
	}

	const age = directives.get('max-age');
	if (age === undefined) {
		return {state: 'void', reason: 'max-age is missing'};
	}

	if (!/^\d{1,15}$/.test(age)) {
		return {state: 'void', reason: 'max-age is no number of seconds'};
	}

	return {
		state: 'kept',
		maxAge: Number(age),
		includeSubDomains: directives.has('includesubdomains'),
		preload: directives.has('preload'),
		ignored: more.length,
	};
}

/** §6.1: names and values between semicolons, each name once; else why it is nothing. */
function directivesOf(text: string): ReadonlyMap<string, string> | string {
	const directives = new Map<string, string>();
	for (const part of text.split(';').filter(each => trimmed(each) !== '')) {
		const equals = part.indexOf('=');
		const name = trimmed(equals === -1 ? part : part.slice(0, equals)).toLowerCase();
		if (!TOKEN.test(name)) {
			return 'it is not written as directives';
		}

		if (directives.has(name)) {
			return `${name.slice(0, 32)} stands there twice`;
		}

		directives.set(name, equals === -1 ? '' : unquoted(trimmed(part.slice(equals + 1))));
	}

	return directives;
}

function unquoted(value: string): string {
	return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
