import {externalReferences, type Reference} from '../../stages/references.ts';
import type {Subject} from '../rule.ts';

/** Images from outside that the build needs, by where they are named. No image begins with a slash: the build ends there. */
export function externalImages(
	{references, needed, contexts}: Subject,
	...kinds: readonly Reference['kind'][]
): readonly Reference[] {
	return externalReferences(references, needed, contexts).filter(
		({kind, ref}) => kinds.includes(kind) && ref?.startsWith('/') !== true,
	);
}

/** What the image's own layers start from, where that is an image from outside. */
export function finalBase({references, chain, contexts}: Subject): Reference | undefined {
	const [first] = chain.stages;
	const [from] = (first && references.get(first)) ?? [];
	return from === undefined || from.ref === 'scratch' || (from.ref !== undefined && contexts?.has(from.ref))
		? undefined
		: from;
}
