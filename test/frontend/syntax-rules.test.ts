import test from 'ava';
import fc from 'fast-check';
import type {Dockerfile} from '../../frontend/dockerfile/ast.ts';
import {applyEdits} from '../../frontend/dockerfile/edit.ts';
import {ParseError} from '../../frontend/dockerfile/error.ts';
import {nearestOf} from '../../frontend/dockerfile/nearest.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {lex} from '../../frontend/dockerfile/shell.ts';
import {neededStages, stageOf} from '../../frontend/dockerfile/stages.ts';
import type {RuleFinding} from '../../frontend/rules/rule.ts';
import {subjectOf} from '../../frontend/rules/subject.ts';
import {keyValueForm} from '../../frontend/rules/syntax/key-value-form.ts';
import {type Refusal, refusalOf} from '../../frontend/rules/syntax/refusals.ts';

function parsed(text: string): Dockerfile | undefined {
	try {
		return parseDockerfile(new TextEncoder().encode(text));
	} catch (error) {
		if (error instanceof ParseError) {
			return undefined;
		}

		throw error;
	}
}

function oldForms(dockerfile: Dockerfile): readonly RuleFinding[] {
	const target = stageOf(dockerfile);
	const subject = subjectOf({
		file: 'Dockerfile',
		dockerfile,
		target,
		needed: neededStages(dockerfile, target),
		buildArgs: new Map(),
		images: new Map(),
		plan: undefined,
		requestedWaivers: [],
	});
	return [...keyValueForm(subject, {})];
}

/** Names and values of the second instruction as BuildKit reads them, with every variable worth `value`. */
function readPairs(
	{instructions, escape: escapeBy}: Dockerfile,
	value: string | undefined,
): readonly string[] {
	const words = instructions[1]?.words ?? [];
	return words.map(({pair}) => {
		return `${pair?.name}=${lex(pair?.value ?? '', {escape: escapeBy, lookup: () => value}).result}`;
	});
}

// What makes the old form hard: quotes, escapes, variables, continuations with comments and empty lines between them.
const piece = fc.constantFrom(
	...[
		'a',
		'b c',
		' ',
		'\t',
		'"',
		"'",
		'\\',
		'$A',
		`\${B:-x y}`,
		`\${B#a b}`,
		'\\ ',
		'\\"',
		'\\$',
		'`',
		'=',
		'#',
	],
	...['\\\n', ' \\\n', '\\  \n  ', '\\\n# note\n', '\\\n\n', '\\\r\n', 'é', '\u00a0', '{"k": "v"}'],
);

test('the old form of ENV and LABEL becomes pairs with the very same value, or stays as it is', t => {
	const keyword = fc.constantFrom('ENV', 'LABEL');
	const gap = fc.constantFrom(' ', '  ', '\t', ' \\\n ');
	const pieces = fc.array(piece, {minLength: 1, maxLength: 9});
	let repaired = 0;
	fc.assert(
		fc.property(keyword, gap, pieces, fc.constantFrom('\\', '`'), (name, blank, value, escapeBy) => {
			const body = `${name} K${blank}${value.join('')}`.replaceAll('\\', escapeBy);
			const before = parsed(`# escape=${escapeBy}\nFROM scratch\n${body}\nUSER end\n`);
			const [finding] = before === undefined ? [] : oldForms(before);
			if (before === undefined || finding?.fix?.edits === undefined) {
				return;
			}

			const after = parseDockerfile(applyEdits(before, finding.fix.edits));

			repaired += 1;
			t.deepEqual(readPairs(after, undefined), readPairs(before, undefined));
			t.deepEqual(readPairs(after, ' x  "y" '), readPairs(before, ' x  "y" '));
			t.is(after.comments.length, before.comments.length);
			t.is(after.instructions.at(-1)?.line, before.instructions.at(-1)?.line);
			t.true(oldForms(after).length < oldForms(before).length);
		}),
		{numRuns: 2000},
	);
	t.true(repaired > 500, `${repaired}`);
});

function refusalIn(text: string): Refusal | undefined {
	try {
		parseDockerfile(new TextEncoder().encode(text));
		return undefined;
	} catch (error) {
		return error instanceof ParseError ? refusalOf(error, 'app/Dockerfile') : undefined;
	}
}

const refused: readonly (readonly [string, Refusal['rule'], number])[] = [
	['', 'has-stage', 1],
	['FROM a\nCOPPY x /\n', 'known-instructions', 2],
	['FROM a\nCMD [1]\n', 'valid-json-form', 2],
	['FROM a\nSHELL bash\n', 'valid-shell-form', 2],
	['FROM a\nRUN <<E\n', 'closed-heredocs', 2],
	['F\0R\0', 'utf8-text', 1],
];
for (const [text, rule, line] of refused) {
	test(`a file that is refused is a finding of ${rule}, with its place: ${JSON.stringify(text)}`, t => {
		const refusal = refusalIn(text);

		t.is(refusal?.rule, rule);
		t.deepEqual(refusal?.place, {file: 'app/Dockerfile', line});
		t.regex(refusal?.message ?? '', /[^.]\.$/);
	});
}

test('a misspelled instruction is told with the one that was meant', t => {
	t.regex(refusalIn('FROM a\nCOPPY x /\n')?.message ?? '', /"COPPY".*write COPY/);
	t.notRegex(refusalIn('FROM a\nWHATEVER x\n')?.message ?? '', /write [A-Z]+/);
});

test('the nearest name is at most two letters off, and never the word itself', t => {
	t.is(nearestOf('bulider', ['builder', 'base']), 'builder');
	t.is(nearestOf('RNU', ['RUN', 'ENV']), 'RUN');
	t.is(nearestOf('Builder', ['builder']), 'builder');
	t.is(nearestOf('base', ['base', 'case']), 'case');
	t.is(nearestOf('ab', ['xy', 'abcde']), undefined);
	t.is(nearestOf('x'.repeat(100_000), ['x'.repeat(100_001)]), undefined);
});
