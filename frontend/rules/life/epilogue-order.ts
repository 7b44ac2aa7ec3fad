import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {textAt} from '../syntax/written.ts';

/** What says how a container runs, in the order in which it is read best. */
const ORDER = ['STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'];

export const epilogueOrder: Rule = function* ({dockerfile, file}) {
	for (const stage of dockerfile.stages) {
		const tail = tailOf(stage);
		const sorted = tail.toSorted((a, b) => rankOf(a) - rankOf(b));
		const wrong = tail.find((instruction, index) => instruction !== sorted[index]);
		if (wrong === undefined) {
			continue;
		}

		const fix = fixOf(dockerfile, tail, sorted);
		yield {
			result: 'fail',
			message: `How the container runs is told in another order than usual: write ${ORDER.join(', ')} at the end of the stage, in this order.`,
			place: {file, line: wrong.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

function rankOf({keyword}: Instruction): number {
	return ORDER.indexOf(keyword);
}

/** The instructions of this kind with which the stage ends; nothing where one of them stands twice. */
function tailOf({instructions}: Stage): readonly Instruction[] {
	const last = instructions.findLastIndex(instruction => rankOf(instruction) === -1);
	const tail = instructions.slice(last + 1);
	return new Set(tail.map(({keyword}) => keyword)).size === tail.length ? tail : [];
}

/** Only where nothing but line breaks stands between them: a comment belongs to what follows it. */
function fixOf(
	dockerfile: Subject['dockerfile'],
	tail: readonly Instruction[],
	sorted: readonly Instruction[],
): Fix | undefined {
	const [first] = tail;
	const last = tail.at(-1);
	if (first === undefined || last === undefined || last.openEscapes !== undefined) {
		return undefined;
	}

	const gaps = tail.slice(1).map((each, index) => {
		return textAt(dockerfile, {start: tail[index]?.span.end ?? 0, end: each.span.start});
	});
	const text = sorted.map(({span}, index) => textAt(dockerfile, span) + (gaps[index] ?? '')).join('');
	const isPlain = gaps.every(gap => gap.trim() === '') && !text.includes('\ufffd');
	return isPlain
		? {title: 'in the usual order', edits: [{span: {start: first.span.start, end: last.span.end}, text}]}
		: undefined;
}
