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
export function assembleBundle(field: Field, shelf: Shelf): Bundle {
	return assemble(field, shelf, 0, new Map());
}

/** @param made what was put together before: several may extend the same one */
function assemble(field: Field, shelf: Shelf, depth: number, made: Map<string, Parent>): Bundle {
	if (depth > MAX_DEPTH) {
		refuse(field, `bundles extend each other more than ${MAX_DEPTH} deep, or in a circle`);
	}

	const names = [...new Set(extendedNames(field.value))];
	const parents = names.flatMap((name): readonly Parent[] => {
		const found = made.has(name) ? undefined : shelf.find(name);
		if (found !== undefined) {
			const bundle = assemble(found, shelf, depth + 1, made);
			made.set(name, {digest: shelf.digestOf(found.value), bundle});
		}

		const parent = made.get(name);
		return parent === undefined ? [] : [parent];
	});
	return readBundle(field.value, field.file, field.lineOf, parents);
}
