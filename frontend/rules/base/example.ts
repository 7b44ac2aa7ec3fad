import {productOf} from './end-of-life.ts';
import {imageNameOf, officialNameOf} from './image-name.ts';

/** A reference with a version, for a message: a real one where we know it. */
export function exampleOf(ref: string, variant = ''): string {
	const image = imageNameOf(ref);
	const official = officialNameOf(image);
	const {path} = image;
	const name = path
		.slice(path.lastIndexOf('/') + 1)
		.replaceAll(/[^\w.-]/g, '')
		.slice(0, 60);
	const known = official === undefined ? undefined : productOf(official)?.next;
	const suffix = /^[\w.-]{1,40}$/.test(variant) ? `-${variant}` : '';
	return `${name}:${known !== undefined && /^[\d.]+$/.test(known) ? known : '1.2.3'}${suffix}`;
}
