import type {Rule} from '../rule.ts';
import {copiesOf, expandedSources} from './copies.ts';

/** `.` and `*` too: what another stage has is looked up from its root. */
const WHOLE = /^\.?\/{0,2}(?:\.|\*|\.\/)?$/;
const ROOT = /^\/{1,2}(?:\.|\.\/)?$/;

export const noWholeRootCopy: Rule = function* (subject) {
	const {file, roleOf} = subject;
	for (const copy of copiesOf(subject)) {
		const {step, instruction, stage, destination, from} = copy;
		const sources = expandedSources(copy) ?? [];
		const isRoot = sources.some(isWhole) && ROOT.test(step.expand(destination) ?? '');
		if (isRoot && from !== undefined && roleOf(stage) === 'final') {
			const message =
				'This copies everything the other stage or image has, its package manager and leftovers too, into one layer that shares nothing with other images: copy only what is needed, or start from it with FROM.';
			yield {result: 'fail', message, place: {file, line: instruction.line}};
		}
	}
};

function isWhole(source: string): boolean {
	return source !== '' && WHOLE.test(source);
}
