import type {Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {quoted} from '../../dockerfile/error.ts';
import {lineSpanOf} from '../line-span.ts';
import type {Rule, Subject} from '../rule.ts';
import {fromFlags} from '../syntax/stage-names.ts';

export const reachableStages: Rule = function* (subject) {
	const {dockerfile, file, roleOf} = subject;
	const hasNumbers = namesByNumber(subject);
	for (const stage of dockerfile.stages) {
		if (roleOf(stage) !== 'unused') {
			continue;
		}

		const name = stage.name === undefined ? `number ${stage.index}` : quoted(stage.name);
		// Numbers of the stages after it would mean others.
		const edit = hasNumbers ? undefined : removalOf(dockerfile, stage);
		yield {
			result: 'fail',
			message: `Nothing that is built needs the stage ${name}: remove it, unless it is built by itself with --target.`,
			place: {file, line: stage.from.line},
			...(edit === undefined ? {} : {fix: {title: `stage ${name} removed`, edits: [edit], drops: 'stages'}}),
		};
	}
};

function namesByNumber({dockerfile: {instructions}}: Subject): boolean {
	return instructions
		.flatMap(fromFlags)
		.some(({name, value = ''}) =>
			name === 'from' ? /^\d+$/.test(value) : /(?:^|,)from=\d+(?:,|$)/i.test(value),
		);
}

/** All of its lines; comments in front of the next stage stay. */
function removalOf(
	{bytes, stages}: Subject['dockerfile'],
	{span, index, instructions}: Stage,
): Edit | undefined {
	const isOpen = instructions.at(-1)?.openEscapes !== undefined;
	return isOpen || stages.length === 1 || index === stages.length - 1
		? undefined
		: {span: lineSpanOf(bytes, span), text: ''};
}
