import {quoted} from '../../dockerfile/error.ts';
import {firstRepairs, repairableBy} from '../repairable.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {copyMount} from './copy-mount.ts';
import {landedFiles} from './landed-files.ts';
import {secretFileOf} from './secret-files.ts';

export const noSecretFiles: Rule = function* (subject) {
	const {file, chain, held} = subject;
	const repair = firstRepairs();
	for (const {file: kind, source, line, via} of landedFiles(subject, chain)) {
		const shown = source.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
		const route = via === undefined ? '' : `, taken on by the COPY --from on line ${via}`;
		const isRead = held?.get(source) === kind;
		const certainty = isRead ? 'holds' : kind.tier === 'T1' ? 'is' : 'is named like';
		yield {
			result: 'fail',
			tier: kind.tier,
			message: `${shown} ${certainty} ${kind.title} and ends in a layer of the image${route}, where removing it later does not help: ${ignoring(subject, source)}, and mount it with RUN --mount=type=secret where a step needs it.`,
			place: {file, line},
			observed: {path: shown},
			...repairableBy(via === undefined ? repair(() => fixOf(subject, line)) : undefined),
		};
	}

	yield* unseen(subject);
};

/** With the line to write, where the file is one of the context. */
function ignoring({ignoreFile, contextFiles}: Subject, source: string): string {
	const name = quoted(ignoreFile?.name ?? '.dockerignore').slice(1, -1);
	return contextFiles?.includes(source) === true && /^[\w./@+-]+$/.test(source)
		? `write the line ${source} into ${name}`
		: `add it to ${name}`;
}

function fixOf(subject: Subject, line: number): Fix | undefined {
	const instruction = subject.dockerfile.instructions.find(
		each => each.keyword === 'COPY' && each.line === line,
	);
	return instruction === undefined ? undefined : copyMount(subject, instruction);
}

/**
 * A folder of the context whose files nobody has listed: their names have not been looked at. Other stages count too, because
 * a COPY --from can take a whole folder on.
 */
function* unseen({contextFiles, file, needed}: Subject): Generator<RuleFinding> {
	if (contextFiles !== undefined) {
		return;
	}

	for (const {keyword, flags, json, words, line} of needed.flatMap(({instructions}) => instructions)) {
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

// A name that is looked at as a credential's has been looked at; one with an extension is a file's.
function mayBeFolder(source: string): boolean {
	const isElsewhere = source.startsWith('<<') || /^https?:/.test(source);
	return !isElsewhere && secretFileOf(source) === undefined && !/[^/.]\.[A-Za-z0-9]{1,10}$/.test(source);
}
