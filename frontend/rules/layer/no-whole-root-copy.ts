import type {Rule} from '../rule.ts';
import {copiesOf} from './copies.ts';

const ROOT = /^\/(?:\.|\*|\.\/)?$/;

export const noWholeRootCopy: Rule = function* (subject) {
	const {file, roleOf} = subject;
	for (const {instruction, stage, sources, destination, from} of copiesOf(subject)) {
		const isRoot = sources.length === 1 && ROOT.test(sources[0] ?? '') && ROOT.test(destination);
		if (isRoot && from !== undefined && roleOf(stage) === 'final') {
			const message =
				'This copies everything the other stage or image has, its package manager and leftovers too, into one layer that shares nothing with other images: copy only what is needed, or start from it with FROM.';
			yield {result: 'fail', message, place: {file, line: instruction.line}};
		}
	}
};
