import {type Bundle, type Parent, readBundle} from './bundle.ts';
import {openYaml} from './yaml-text.ts';

/**
 * YAML text → Bundle, as `readBundle` does it, with lines.
 * @param file name used in messages
 * @param parents the bundles that it says it extends
 * @throws {PolicyError} with the line to blame
 */
export function parseBundle(text: string, file: string, parents: readonly Parent[] = []): Bundle {
	const {value, lineOf} = openYaml(text, file);
	return readBundle(value, file, lineOf, parents);
}
