import {imageNameOf} from './image-name.ts';

/** A reference with a version, for a message. */
export function exampleOf(ref: string): string {
	const {path} = imageNameOf(ref);
	const name = path
		.slice(path.lastIndexOf('/') + 1)
		.replaceAll(/[^\w.-]/g, '')
		.slice(0, 60);
	return `${name}:1.2.3`;
}
