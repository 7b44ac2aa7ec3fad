import {quoted} from '../../dockerfile/error.ts';
import {ignoringOf, leavesNothing} from '../ignore-file.ts';
import type {Rule} from '../rule.ts';
import {copiesOf, isUrl, isWhole} from './copies.ts';

export const noIgnoredSource: Rule = function* (subject) {
	const {ignoreFile, file} = subject;
	const ignores = ignoreFile?.text === undefined ? undefined : ignoringOf(ignoreFile.text);
	if (ignores === undefined) {
		return;
	}

	const leavesNone = leavesNothing(ignoreFile?.text ?? '');
	for (const {instruction, sources, from, step} of copiesOf(subject)) {
		const expanded = from === undefined ? sources.map(source => step.expand(source) ?? '') : [];
		const ignored = expanded.find(
			source =>
				source !== '' && !isUrl(source) && (isWhole(source) ? leavesNone : ignores(pathOf(source)) === true),
		);
		if (ignored !== undefined) {
			const message = `${quoted(ignored)} is kept out of the build by ${quoted(ignoreFile?.name ?? '').slice(1, -1)}, so there is nothing to copy: take it back in there with a line that begins with "!", or copy something else.`;
			yield {result: 'fail', message, place: {file, line: instruction.line}};
		}
	}
};

function pathOf(source: string): string {
	return source.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
}
