import type {Answer} from '../ask.ts';
import {type Tag, tagsOf} from './html.ts';

/** What a page says in its own text of what headers usually say. */
export interface Meta {
	/** Policies that stand before the first element that could load or run anything. */
	readonly policies: readonly string[];
	readonly referrer: readonly string[];
}

const tagsOfAnswer = new WeakMap<Answer, readonly Tag[]>();

/** The tags of an answer's page; each answer is read once, however many probes ask. */
export function tagsIn(answer: Answer): readonly Tag[] {
	const tags = tagsOfAnswer.get(answer) ?? tagsOf(answer.body);
	tagsOfAnswer.set(answer, tags);
	return tags;
}

export function metaOf(answer: Answer): Meta {
	const policies: string[] = [];
	const referrer: string[] = [];
	let isFree = true;
	for (const {name, attributes} of tagsIn(answer)) {
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
