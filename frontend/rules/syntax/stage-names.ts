import type {Dockerfile, Flag, Instruction, Span, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {textAt} from './written.ts';

export type Rename = (stage: Stage, to: string) => readonly Edit[] | undefined;

/**
 * Edits that give a stage another name wherever the file says it. Absent where not every place can be edited: a FROM that
 * may expand to the name, another stage of this name, a flag in quotes.
 */
export function renamer(dockerfile: Dockerfile): Rename {
	const {stages} = dockerfile;
	const count = Map.groupBy(stages, ({name}) => name);
	const bases = Map.groupBy(stages, ({base}) => base.text);
	const lastVariable = stages.findLastIndex(({base}) => base.text.includes('$'));
	const flags = Map.groupBy(
		dockerfile.instructions.flatMap(fromFlags).flatMap(flag => placeIn(dockerfile, flag) ?? []),
		({name}) => name,
	);
	return (stage, to) => {
		const {name, from, index} = stage;
		const own = from.words[2];
		const isOnly = count.get(name)?.length === 1 && lastVariable <= index;
		const places = name === undefined ? [] : (flags.get(name) ?? []);
		if (name === undefined || own === undefined || !isOnly || places.some(({span}) => span === undefined)) {
			return undefined;
		}

		const later = (bases.get(name) ?? []).filter(each => each.index > index).map(({base}) => base.span);
		return [own.span, ...later, ...places.flatMap(({span}) => span ?? [])].map(span => ({span, text: to}));
	};
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

interface FlagPlace {
	/** Lower case. */
	readonly name: string;
	/** Absent where the bytes are not what the flag says. */
	readonly span: Span | undefined;
}

/** What a flag names, and where. */
function placeIn(dockerfile: Dockerfile, {name: flag, value = '', valueSpan}: Flag): FlagPlace | undefined {
	const isMount = flag === 'mount';
	const [, lead = '', text = ''] = isMount
		? (/((?:^|,)"?from=)([^,"]*)/i.exec(value) ?? [])
		: [value, '', value];
	if (valueSpan === undefined || text === '') {
		return undefined;
	}

	const isPlain = textAt(dockerfile, valueSpan) === value && /^[\x20-\x7e]*$/.test(value);
	const start = valueSpan.start + (isMount ? value.indexOf(`${lead}${text}`) + lead.length : 0);
	return {name: text.toLowerCase(), span: isPlain ? {start, end: start + text.length} : undefined};
}
