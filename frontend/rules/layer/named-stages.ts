import type {Flag, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import type {Fix, Rule} from '../rule.ts';
import {copiesOf} from './copies.ts';

export const namedStages: Rule = function* (subject) {
	const {dockerfile, file} = subject;
	const {stages} = dockerfile;
	const names = new Set(stages.flatMap(({name}) => name ?? []));
	for (const {instruction, from, stage} of copiesOf(subject)) {
		const value = from?.value ?? '';
		const source = /^\d{1,9}$/.test(value) ? stages[Number(value)] : undefined;
		if (source === undefined || source.index >= stage.index) {
			continue;
		}

		const name = source.name ?? freeName(names, source);
		const rest = source.name === undefined ? `, and AS ${name} behind FROM in line ${source.from.line}` : '';
		yield {
			result: 'fail',
			message: `--from=${source.index} counts stages, and means another one as soon as somebody adds or moves one: write --from=${name}${rest}.`,
			place: {file, line: instruction.line},
			...fixOf(from, source, name, stages),
		};
	}
};

function fixOf(
	from: Flag | undefined,
	source: Stage,
	name: string,
	stages: readonly Stage[],
): {readonly fix?: Fix} {
	const {value = '', valueSpan: span} = from ?? {};
	if (span === undefined || span.end - span.start !== value.length || !isOnlyOne(stages, source)) {
		return {};
	}

	return {fix: {title: `--from=${name}`, edits: [...namingOf(source, name), {span, text: name}]}};
}

function freeName(names: ReadonlySet<string>, {index}: Stage): string {
	const first = `stage-${index}`;
	return names.has(first) ? `${first}-files` : first;
}

/** Of several stages with one name, --from means the last. */
function isOnlyOne(stages: readonly Stage[], {name}: Stage): boolean {
	return name === undefined || stages.filter(stage => stage.name === name).length === 1;
}

function namingOf({name, base}: Stage, wanted: string): readonly Edit[] {
	return name === undefined
		? [{span: {start: base.span.end, end: base.span.end}, text: ` AS ${wanted}`}]
		: [];
}
