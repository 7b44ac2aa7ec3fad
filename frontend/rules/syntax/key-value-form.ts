import type {Dockerfile, Instruction, Span, Word} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {ParseError, quoted} from '../../dockerfile/error.ts';
import {parseDockerfile} from '../../dockerfile/parse.ts';
import {lex} from '../../dockerfile/shell.ts';
import type {Fix, Rule} from '../rule.ts';
import {valueBytes} from './value-bytes.ts';
import {textAt} from './written.ts';

export const keyValueForm: Rule = function* ({dockerfile, file}) {
	for (const instruction of dockerfile.instructions) {
		const old = oldForm(instruction);
		if (old === undefined) {
			continue;
		}

		const {name} = old;
		const fix = fixOf(dockerfile, instruction, old);
		const rest = fix === undefined ? ', with quotes where the value has white space' : '';
		yield {
			result: 'fail',
			message: `${instruction.keyword} ${shown(name)} takes the whole rest of the line for its value, in an old form that BuildKit advises against: write ${shown(name)}=…${rest}.`,
			place: {file, line: instruction.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

function shown(name: string): string {
	return /^[\w.-]{1,60}$/.test(name) ? name : quoted(name);
}

interface OldForm {
	readonly word: Word;
	readonly name: string;
	readonly value: string;
	readonly valueSpan: Span;
}

/** `NAME value`, which is one word to the parser, though no `=` parts it. */
function oldForm({keyword, words: [word]}: Instruction): OldForm | undefined {
	const {name, value, valueSpan} = word?.pair ?? {};
	const isPairs = keyword === 'ENV' || keyword === 'LABEL';
	if (
		!isPairs ||
		word === undefined ||
		name === undefined ||
		value === undefined ||
		valueSpan === undefined
	) {
		return undefined;
	}

	return word.text[name.length] === '=' ? undefined : {word, name, value, valueSpan};
}

/**
 * The same value in the new form: as it is where that is one word, in quotes where there are none, or with every blank
 * escaped. Each is read back, and only one that BuildKit reads as before is taken.
 */
function fixOf(dockerfile: Dockerfile, instruction: Instruction, old: OldForm): Fix | undefined {
	const {word, name, valueSpan} = old;
	const nameSpan = {start: word.span.start, end: word.span.start + new TextEncoder().encode(name).length};
	if (textAt(dockerfile, nameSpan) !== name) {
		return undefined;
	}

	const gap = textAt(dockerfile, {start: nameSpan.end, end: valueSpan.start});
	// A line break between name and value moves in front of the name, so that no line goes away.
	const lead = gap.includes('\n') ? gap.replace(/^[ \t]+/, '') : '';
	const start: Edit = {span: {start: nameSpan.start, end: valueSpan.start}, text: `${lead}${name}=`};
	const {start: from, end} = valueSpan;
	const inQuotes = [
		{...start, text: `${start.text}"`},
		{span: {start: end, end}, text: '"'},
	];
	const candidates: readonly (readonly Edit[])[] = [
		[start],
		// Quotes round quotes would be read the same here and there, but by nobody else.
		...(textAt(dockerfile, {start: from, end}).includes('"') ? [] : [inQuotes]),
		[start, ...escapedBlanks(dockerfile, valueSpan)],
	];
	// What has nothing special in it is read alike everywhere, and that is most of what is written.
	const isPlain = lead === '' && PLAIN.test(name) && PLAIN.test(old.value);
	const edits = isPlain ? [start] : candidates.find(each => isSame(dockerfile, instruction, each, old));
	return edits && {title: `${shown(name)}=…`, edits};
}

const PLAIN = /^(?:[\w./:@,+-]+|"[\w ./:@,+<>()-]*")$/;

function escapedBlanks(dockerfile: Dockerfile, span: Span): readonly Edit[] {
	return valueBytes(dockerfile, span)
		.filter(({isBlank}) => isBlank)
		.map(({at}) => ({span: {start: at, end: at}, text: dockerfile.escape}));
}

function isSame(
	dockerfile: Dockerfile,
	{span, words}: Instruction,
	edits: readonly Edit[],
	{name, value}: OldForm,
): boolean {
	const {escape: escapeBy} = dockerfile;
	const head = `# escape=${escapeBy}\nFROM scratch\n`;
	const text = `${head}${applied(dockerfile, span, edits)}\n`;
	try {
		const {instructions} = parseDockerfile(new TextEncoder().encode(text));
		const [pair] = instructions[1]?.words ?? [];
		const isAlone = instructions.length === 2 && instructions[1]?.words.length === words.length;
		const isNew = pair?.text[name.length] === '=' && pair.pair?.name === name;
		const after = pair?.pair?.value;
		return (
			isAlone &&
			isNew &&
			after !== undefined &&
			scopes.every(scope => readBy(scope, value, escapeBy) === readBy(scope, after, escapeBy))
		);
	} catch (error) {
		if (error instanceof ParseError) {
			return false;
		}

		throw error;
	}
}

// Nothing set, everything set to what would show a lost quote, and everything left as written.
const scopes = [
	{lookup: () => undefined, keepsUnknown: false},
	{lookup: () => ' a "b" \\ ', keepsUnknown: false},
	{lookup: () => undefined, keepsUnknown: true},
] as const;

/** @throws {ParseError} for what BuildKit refuses */
function readBy(scope: (typeof scopes)[number], value: string, escapeBy: string): string {
	return lex(value, {escape: escapeBy, ...scope}).result;
}

/** The instruction's text with the edits in it. */
function applied(dockerfile: Dockerfile, {start, end}: Span, edits: readonly Edit[]): string {
	const parts: string[] = [];
	let at = start;
	for (const {span, text} of edits) {
		parts.push(textAt(dockerfile, {start: at, end: span.start}), text);
		at = span.end;
	}

	return parts.join('') + textAt(dockerfile, {start: at, end});
}
