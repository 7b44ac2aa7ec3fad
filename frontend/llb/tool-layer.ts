import {definitionOf, emptyGraph, withFiles} from './definition.ts';

/** The program that goes over images, as an image of one file. */
export function toolLayer(tool: Uint8Array): Uint8Array {
	const files = [{path: '/tool', mode: 0o755, data: tool}];
	return definitionOf(withFiles(emptyGraph, files, '[sallyport] bring the program that goes over the image'));
}
