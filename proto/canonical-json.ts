/** Any value that JSON can carry. */
export type Json =
	| string
	| number
	| boolean
	| null
	| readonly Json[]
	| {readonly [key: string]: Json | undefined};

/**
 * RFC 8785 canonical JSON: no spaces, keys in UTF-16 order, numbers and strings as ECMAScript writes them.
 * Keys whose value is `undefined` are left out, as in JSON.stringify.
 * @throws {TypeError} for what JSON cannot carry: NaN, infinities, lone surrogates, functions
 */
export function canonicalJson(value: unknown): string {
	if (Array.isArray(value)) {
		return `[${value.map(canonicalJson).join(',')}]`;
	}

	if (typeof value === 'object' && value !== null) {
		const members = Object.entries(value)
			.filter(([, member]) => member !== undefined)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([key, member]) => `${scalar(key)}:${canonicalJson(member)}`);
		return `{${members.join(',')}}`;
	}

	return scalar(value);
}

function scalar(value: unknown): string {
	if (typeof value === 'number' && !Number.isFinite(value)) {
		throw new TypeError(`${value} has no canonical JSON form`);
	}

	// RFC 8785 §3.2.2.2: a lone surrogate is an error, while JSON.stringify would escape it.
	if (typeof value === 'string' && !value.isWellFormed()) {
		throw new TypeError('A string with a lone surrogate has no canonical JSON form');
	}

	const text = JSON.stringify(value);
	if (text === undefined) {
		throw new TypeError(`A ${typeof value} has no canonical JSON form`);
	}

	return text;
}
