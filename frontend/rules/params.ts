import type {Params} from './rule.ts';

/** A list of texts that a bundle gives a rule; one text is a list of one. */
export function textsOf(params: Params, key: string): readonly string[] {
	const value = params[key];
	return Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : [];
}
