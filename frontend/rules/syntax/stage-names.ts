import type {Dockerfile, Flag, Instruction, Span, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {textAt} from './written.ts';

/**
 * Edits that give a stage another name wherever the file says it. Absent where not every place can be edited: a FROM that
 * may expand to the name, another stage of this name, a flag in quotes.
 */
export function renameEdits(dockerfile: Dockerfile, stage: Stage, to: string): readonly Edit[] | undefined {
	const {stages, instructions} = dockerfile;
	const {name, from} = stage;
	const own = from.words[2];
	if (
		name === undefined ||
		own === undefined ||
		stages.some(other => other !== stage && other.name === name)
	) {
		return undefined;
	}

	const edits: Edit[] = [{span: own.span, text: to}];
	for (const {base} of stages.slice(stage.index + 1)) {
		if (base.text.includes('$')) {
			return undefined;
		}

		if (base.text === name) {
			edits.push({span: base.span, text: to});
		}
	}

	for (const flag of instructions.flatMap(fromFlags)) {
		const place = placeIn(dockerfile, flag, name);
		if (place === 'unknown') {
			return undefined;
		}

		if (place !== undefined) {
			edits.push({span: place, text: to});
		}
	}

	return edits;
}

/** Flags that may name a stage, those of triggers too. */
export function fromFlags({keyword, flags, inner}: Instruction): readonly Flag[] {
	if (inner !== undefined) {
		return fromFlags(inner);
	}

	const name = new Map([
		['COPY', 'from'],
		['RUN', 'mount'],
	]).get(keyword);
	return flags.filter(flag => flag.name === name);
}

/** Where a flag names this stage, in any case; `unknown` where its bytes are not what it says. */
export function placeIn(
	dockerfile: Dockerfile,
	{name: flag, value = '', valueSpan}: Flag,
	stage: string,
): Span | 'unknown' | undefined {
	if (valueSpan === undefined) {
		return undefined;
	}

	const isPlain = textAt(dockerfile, valueSpan) === value;
	const [, lead = '', text = ''] =
		flag === 'mount' ? (/((?:^|,)from=)([^,"]*)/i.exec(value) ?? []) : [value, '', value];
	if (text.toLowerCase() !== stage) {
		return isPlain || !value.toLowerCase().includes(stage) ? undefined : 'unknown';
	}

	const start =
		valueSpan.start +
		(flag === 'mount' ? value.toLowerCase().indexOf(`${lead}${text}`.toLowerCase()) + lead.length : 0);
	return isPlain && isAscii(value) ? {start, end: start + text.length} : 'unknown';
}

function isAscii(text: string): boolean {
	return /^[\x20-\x7e]*$/.test(text);
}
