import type {Page} from '../pages.ts';

/** What a page says in its own text of what headers usually say. */
export interface Meta {
	/** Policies that stand before the first element that could load or run anything. */
	readonly policies: readonly string[];
	readonly referrer: readonly string[];
}

export function metaOf({tags}: Pick<Page, 'tags'>): Meta {
	const policies: string[] = [];
	const referrer: string[] = [];
	let isFree = true;
	for (const {name, attributes} of tags()) {
		const content = attributes.get('content');
		isFree &&= harmless.has(name);
		if (name !== 'meta' || content === undefined) {
			continue;
		}

		if (isFree && attributes.get('http-equiv')?.toLowerCase() === 'content-security-policy') {
			policies.push(content);
		}

		if (attributes.get('name')?.toLowerCase() === 'referrer') {
			referrer.push(content);
		}
	}

	return {policies, referrer};
}

/** A policy in a document holds from where it stands: after a script it came too late, and outside of the head it is nothing. */
const harmless: ReadonlySet<string> = new Set(['html', 'head', 'meta', 'title', 'base', 'link', 'style']);
