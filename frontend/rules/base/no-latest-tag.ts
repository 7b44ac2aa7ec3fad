import {externalReferences, referencesOf} from '../../stages/references.ts';
import type {Rule} from '../rule.ts';

// Tags that are meant to move.
const mutable: ReadonlySet<string> = new Set(['latest', 'edge', 'nightly', 'main', 'master']);

export const noLatestTag: Rule = function* ({dockerfile, needed, buildArgs, contexts, file}) {
	const references = referencesOf(dockerfile, buildArgs);
	for (const {ref, line} of externalReferences(references, needed, contexts)) {
		// With a digest the tag decides nothing; what is not known yet is the digest rule's to report.
		if (ref === undefined || ref.includes('@')) {
			continue;
		}

		const tag = tagOf(ref);
		if (tag === undefined || mutable.has(tag)) {
			const what = tag === undefined ? 'has no tag, which means "latest"' : `names the moving tag "${tag}"`;
			const message = `${ref.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 200)} ${what}: write the version that was tested, such as ${exampleOf(ref)}.`;
			yield {result: 'fail', message, place: {file, line}, observed: {tag: tag ?? ''}};
		}
	}
};

function tagOf(ref: string): string | undefined {
	// A colon before the last slash belongs to the registry's port.
	const name = ref.slice(ref.lastIndexOf('/') + 1);
	const at = name.indexOf(':');
	return at < 0 ? undefined : name.slice(at + 1);
}

function exampleOf(ref: string): string {
	const name = (ref.slice(ref.lastIndexOf('/') + 1).split(':')[0] ?? '')
		.replaceAll(/[^\w.-]/g, '')
		.slice(0, 60);
	return `${name}:1.2.3`;
}
