import {type Bundle, extendedNames, type Parent, readBundle} from './bundle.ts';
import {type Field, refuse} from './fields.ts';

/** How many bundles may stand on each other's shoulders. */
const MAX_DEPTH = 8;

/** Where bundles are found by name, and how a document is named by its content. */
export interface Shelf {
	find(name: string): Field | undefined;
	digestOf(document: unknown): string;
}

/**
 * A bundle's document → Bundle, with the bundles that it extends, and those that they extend.
 * @throws {PolicyError} with the line to blame
 */
export function assembleBundle(field: Field, shelf: Shelf, depth = 0): Bundle {
	if (depth > MAX_DEPTH) {
		refuse(field, `bundles extend each other more than ${MAX_DEPTH} deep, or in a circle`);
	}

	const names = [...new Set(extendedNames(field.value))];
	const parents = names.flatMap((name): readonly Parent[] => {
		const found = shelf.find(name);
		return found === undefined
			? []
			: [{digest: shelf.digestOf(found.value), bundle: assembleBundle(found, shelf, depth + 1)}];
	});
	return readBundle(field.value, field.file, field.lineOf, parents);
}
