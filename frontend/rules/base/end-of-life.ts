import {runtimes} from './end-of-life-runtimes.ts';
import {systems} from './end-of-life-systems.ts';
import {type ImageName, officialNameOf} from './image-name.ts';

/** How long something in an image gets security updates from those who make it. */
export interface Support {
	readonly product: string;
	readonly version: string;
	/** The last day, as `2026-01-31`. */
	readonly until: string;
	/** A version to move to, in words; and as a tag of the same image, where it has one. */
	readonly next: string;
	readonly tag: string | undefined;
}

export interface Product {
	readonly name: string;
	/** Full names of images whose tags begin with its version; `library/` images of Docker Hub by their last part. */
	readonly images: readonly string[];
	/** Last day of support by version: a tag's version is that of the longest key it begins with. */
	readonly ends: Readonly<Record<string, string>>;
	/** Other names of versions in tags. */
	readonly codenames?: Readonly<Record<string, string>>;
	readonly next: string;
	/** A tag of the same image to move to, where `next` is none; empty where the image has none that is supported. */
	readonly tag?: string;
}

/** `24` is a tag; `releases of the last year` is none. */
function tagIn(next: string): string | undefined {
	return /^[\w.-]{1,32}$/.test(next) ? next : undefined;
}

/** The product whose version the tags of an image begin with. */
export function productOf(image: string): Product | undefined {
	return [...systems, ...runtimes].find(({images}) => images.includes(image));
}

/** What a tag says is inside, with its support; nothing for what the tables do not know. */
export function supportOf(name: ImageName): readonly Support[] {
	const {tag} = name;
	if (tag === undefined) {
		return [];
	}

	const product = productOf(officialNameOf(name) ?? name.full);
	const [head = '', ...parts] = tag.split('-');
	const main = product === undefined ? undefined : supportIn(product, head);
	const own =
		main === undefined || product === undefined ? [] : [{...main, tag: tagIn(product.tag ?? product.next)}];
	// Only official images are trusted to mean by a name in a tag the system that all of them mean.
	if (officialNameOf(name) === undefined || (product !== undefined && systems.includes(product))) {
		return own;
	}

	return [...own, ...(main === undefined ? [head, ...parts] : parts).flatMap(distribution)];
}

/** `bullseye` and `alpine3.14` in the tag of another image. */
function distribution(part: string): readonly Support[] {
	const [, alpine] = /^alpine(\d+\.\d+)$/.exec(part) ?? [];
	const found = systems.flatMap(product => {
		const {name, codenames = {}} = product;
		if (name === 'Alpine Linux' && alpine !== undefined) {
			return supportIn(product, alpine) ?? [];
		}

		return Object.hasOwn(codenames, part) ? (supportIn(product, part) ?? []) : [];
	});
	return found.slice(0, 1);
}

function supportIn({name, ends, codenames = {}, next}: Product, text: string): Support | undefined {
	const version = Object.hasOwn(codenames, text) ? (codenames[text] ?? '') : text;
	const key = prefixes(version).find(prefix => Object.hasOwn(ends, prefix));
	const until = key === undefined ? undefined : ends[key];
	return key === undefined || until === undefined
		? undefined
		: {
				product: name,
				version: key,
				until,
				next: next.includes(':') ? next : `${name} ${next}`,
				tag: undefined,
			};
}

/** `1.2.3` → `1.2.3`, `1.2`, `1`. */
function prefixes(version: string): readonly string[] {
	const parts = version.split('.').slice(0, 4);
	return parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
}
