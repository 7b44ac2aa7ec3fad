import type {Comment, Dockerfile} from '../../dockerfile/ast.ts';
import {lineSpanOf} from '../line-span.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {textAt} from './written.ts';

export const directivesFirst: Rule = function* (subject) {
	const {dockerfile, file} = subject;
	for (const {name, span, line} of dockerfile.directives) {
		const written = /^#\s*(\w+)/.exec(textAt(dockerfile, span))?.[1] ?? name;
		if (written !== name) {
			const start = span.start + textAt(dockerfile, span).indexOf(written);
			yield {
				result: 'fail',
				message: `The directive ${written} is read as ${name}; other tools only know it in small letters: write ${name}.`,
				place: {file, line},
				fix: {title: `written ${name}`, edits: [{span: {start, end: start + written.length}, text: name}]},
			};
		}
	}

	yield* misplaced(subject);
};

/** Comments that have the form of a directive where none is read any more. */
function* misplaced({dockerfile, file}: Subject): Generator<RuleFinding> {
	const seen = new Set(dockerfile.directives.map(({name}) => name));
	for (const comment of dockerfile.comments) {
		const [, written = '', value = ''] = DIRECTIVE.exec(comment.text) ?? [];
		const name = written.toLowerCase();
		if (written === '' || (value !== '' && !looksMeant(name, value))) {
			continue;
		}

		const fix = fixOf(dockerfile, comment, name, value, seen);
		yield {
			result: 'fail',
			message: messageOf(name, value, seen.has(name)),
			place: {file, line: comment.line},
			...(fix === undefined ? {} : {fix}),
		};
		seen.add(name);
	}
}

const DIRECTIVE = /^(syntax|escape|check)[ \t]*=[ \t]*(\S*)/i;

/** Prose may begin with these words, too. */
function looksMeant(name: string, value: string): boolean {
	switch (name) {
		case 'syntax':
			return /^[\w.-]+(?::\d+)?\/[\w./:@-]+$/.test(value);
		case 'escape':
			return value === '`' || value === '\\';
		default:
			return /^(?:skip|error|experimental)=/i.test(value);
	}
}

function messageOf(name: string, value: string, isRepeated: boolean): string {
	if (value === '') {
		return `The directive ${name} has no value, so it is a comment like any other: give it one, or remove it.`;
	}

	const rest = isRepeated
		? 'and there is one already: remove this one'
		: `so this is a comment like any other: move it above everything else, if ${MEANING[name] ?? 'it'} is wanted`;
	return `A directive is only read at the very top of the file, before comments, empty lines and instructions, ${rest}.`;
}

const MEANING: Readonly<Record<string, string>> = {
	syntax: 'that frontend',
	escape: 'that escape character',
	check: 'that setting of BuildKit’s checks',
};

/** Only `check` may be moved: another frontend or escape character could make another image of the same lines. */
function fixOf(
	dockerfile: Dockerfile,
	comment: Comment,
	name: string,
	value: string,
	seen: ReadonlySet<string>,
): Fix | undefined {
	if (name !== 'check' || value === '' || seen.has(name)) {
		return undefined;
	}

	const lines = lineSpanOf(dockerfile.bytes, comment.span);
	const at = topOf(dockerfile);
	const text = textAt(dockerfile, comment.span);
	const edits = [
		{span: {start: at, end: at}, text: `${text}\n`},
		{span: lines, text: ''},
	];
	return lines.start >= at ? {title: 'moved to the top', edits, drops: 'comments'} : undefined;
}

/** Behind the directives that there are, else the first byte behind a byte order mark. */
function topOf({bytes, directives}: Dockerfile): number {
	const last = directives.at(-1);
	if (last !== undefined) {
		return lineSpanOf(bytes, last.span).end;
	}

	return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
