import type {Params} from './rule.ts';

/** A list of texts that a bundle gives a rule; one text is a list of one. */
export function textsOf(params: Params, key: string): readonly string[] {
	const value = params[key];
	return Array.isArray(value) ? (value as readonly string[]) : typeof value === 'string' ? [value] : [];
}

/** A bundle's own upper bound; never above the one that every bundle has. */
export function boundOf(params: Params, key: string, most: number): number {
	const value = params[key];
	return typeof value === 'number' && value >= 1 && value < most ? value : most;
}
