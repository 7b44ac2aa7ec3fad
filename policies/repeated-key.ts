import {type Document, isScalar, type Pair, visit} from 'yaml';

interface Repeated {
	readonly message: string;
	readonly offset: number;
}

/**
 * The first key that stands twice in one mapping. The parser's own look compares every key with every other, which ten
 * thousand keys make seconds of: parse with `uniqueKeys: false` and ask here.
 */
export function repeatedKey(document: Document.Parsed): Repeated | undefined {
	let found: Repeated | undefined;
	visit(document, {
		Map(_key, {items}) {
			found = repeatedAmong(items);
			return found === undefined ? undefined : visit.BREAK;
		},
	});
	return found;
}

function repeatedAmong(items: readonly Pair[]): Repeated | undefined {
	const seen = new Set<unknown>();
	for (const {key} of items) {
		const name = isScalar(key) ? key.value : key;
		if (seen.has(name)) {
			const shown = JSON.stringify(String(name).slice(0, 60));
			const offset = isScalar(key) ? (key.range?.[0] ?? 0) : 0;
			return {message: `${shown} comes twice, and keys are unique; keep one of them`, offset};
		}
		seen.add(name);
	}
	return undefined;
}
