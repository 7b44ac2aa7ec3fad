import {chainOf} from '../stages/chain.ts';
import {referencesOf} from '../stages/references.ts';
import {landedFiles} from './landed-files.ts';
import type {Rule, RuleFinding, Subject} from './rule.ts';

export const secretNoFileInLayer: Rule = function* (subject) {
	const {dockerfile, target, buildArgs, file} = subject;
	const chain = chainOf(referencesOf(dockerfile, buildArgs), target);
	for (const {file: kind, source, line, via} of landedFiles(subject, chain)) {
		const shown = source.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
		const route = via === undefined ? '' : `, taken on by the COPY --from on line ${via}`;
		const certainty = kind.tier === 'T1' ? 'is' : 'is named like';
		yield {
			result: 'fail',
			tier: kind.tier,
			message: `${shown} ${certainty} ${kind.title} and ends in a layer of the image${route}, where removing it later does not help: add it to .dockerignore, and mount it with RUN --mount=type=secret where a step needs it.`,
			place: {file, line},
			observed: {path: shown},
		};
	}

	yield* unseen(subject, chain.stages);
};

/** A folder of the context whose files nobody has listed: its names have not been looked at. */
function* unseen({contextFiles, file}: Subject, stages: Subject['needed']): Generator<RuleFinding> {
	if (contextFiles !== undefined) {
		return;
	}

	for (const {keyword, flags, json, words, line} of stages.flatMap(({instructions}) => instructions)) {
		const isLocal = (keyword === 'COPY' || keyword === 'ADD') && !flags.some(({name}) => name === 'from');
		const sources = isLocal ? (json ?? words.map(({text}) => text)).slice(0, -1) : [];
		const folder = sources.find(mayBeFolder);
		if (folder !== undefined) {
			const shown = folder.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
			const message = `${keyword} ${shown} may bring in a whole folder, and its files are not known here: keep credentials out of it with .dockerignore.`;
			yield {result: 'not-evaluated', message, place: {file, line}};
			return;
		}
	}
}

function mayBeFolder(source: string): boolean {
	return !source.startsWith('<<') && !/^https?:/.test(source) && !/[^/.]\.[A-Za-z0-9]{1,10}$/.test(source);
}
