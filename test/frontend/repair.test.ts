import test from 'ava';
import fc from 'fast-check';
import type {Span} from '../../frontend/dockerfile/ast.ts';
import {intoBlankLines} from '../../frontend/dockerfile/blank-lines.ts';
import {applyEdits, type Edit, type LineMode} from '../../frontend/dockerfile/edit.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {stageOf} from '../../frontend/dockerfile/stages.ts';
import type {Found} from '../../frontend/judge.ts';
import {type Draft, repair} from '../../frontend/repair.ts';
import type {Fix} from '../../frontend/rules/rule.ts';
import type {RuleId} from '../../policies/rules/index.ts';

type Ask = (text: string) => readonly (readonly [RuleId, Fix])[];

const setting = {level: 'warn', fix: 'auto', tiers: {}, params: {}} as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function draftOf(bytes: Uint8Array, ask: Ask): Draft {
	const dockerfile = parseDockerfile(bytes);
	const found = ask(decode(bytes)).map(
		([rule, fix]): Found => ({rule, setting, finding: {result: 'fail', message: 'a fault', fix}}),
	);
	return {dockerfile, target: stageOf(dockerfile), found};
}

function repaired(
	text: string,
	ask: Ask,
	lines: LineMode = 'free',
): {readonly text: string; readonly rules: readonly string[]; readonly broken: readonly string[]} {
	const {bytes, applied, unsound} = repair(draftOf(encode(text), ask), {
		lines,
		wants: () => true,
		again: next => draftOf(next, ask),
	});
	return {
		text: decode(bytes),
		rules: applied.map(({rule}) => rule),
		broken: unsound.map(({rule}) => rule),
	};
}

/** An edit of the first place where the text stands; none when it does not. */
function change(text: string, from: string, to: string): readonly Edit[] {
	const start = Buffer.from(text).indexOf(from);
	return start < 0 ? [] : [{span: {start, end: start + Buffer.byteLength(from)}, text: to}];
}

function fixes(text: string, rule: RuleId, from: string, to: string): readonly (readonly [RuleId, Fix])[] {
	const edits = change(text, from, to);
	return edits.length === 0 ? [] : [[rule, {title: 'repaired', edits}]];
}

test('of two repairs that want the same bytes the first goes first, and the other follows in its own round', t => {
	const {text, rules} = repaired('FROM a\nRUN one two\n', now => [
		...fixes(now, 'pipefail', 'one two', 'one 2'),
		...fixes(now, 'merged-runs', 'RUN one', 'RUN 1'),
	]);

	t.is(text, 'FROM a\nRUN 1 2\n');
	t.deepEqual(rules, ['pipefail', 'merged-runs']);
});

test('the very same edit, wanted twice, is made once', t => {
	const {text, rules} = repaired('FROM a\nRUN one\n', now => [
		...fixes(now, 'pipefail', 'one', '1'),
		...fixes(now, 'merged-runs', 'one', '1'),
	]);

	t.is(text, 'FROM a\nRUN 1\n');
	t.deepEqual(rules, ['pipefail', 'merged-runs']);
});

test('the very same line, appended twice, is appended once', t => {
	const fix = {title: 'repaired', append: ['USER 1001']};
	const {text, rules} = repaired('FROM a\nRUN one\n', now =>
		now.includes('USER')
			? []
			: [
					['user-set', fix],
					['created-user-used', {...fix}],
				],
	);

	t.is(text, 'FROM a\nRUN one\nUSER 1001\n');
	t.deepEqual(rules, ['user-set', 'created-user-used']);
});

test('insertions at one place follow each other in the order of the rules', t => {
	const at = (start: number): Span => ({start, end: start});
	let asked = 0;
	const {text} = repaired('FROM a\nRUN x\n', () => {
		asked += 1;
		return asked > 1
			? []
			: [
					['pipefail', {title: 'first', edits: [{span: at(11), text: '1 '}]}],
					['merged-runs', {title: 'second', edits: [{span: at(11), text: '2 '}]}],
				];
	});

	t.is(text, 'FROM a\nRUN 1 2 x\n');
});

test('a repair after which the file would not parse is left out and told, and the others are made', t => {
	const {text, rules, broken} = repaired('FROM a\nRUN one\nCMD two\n', now => [
		...fixes(now, 'pipefail', 'RUN', 'RUM'),
		...fixes(now, 'merged-runs', 'two', '2'),
	]);

	t.is(text, 'FROM a\nRUN one\nCMD 2\n');
	t.deepEqual(rules, ['merged-runs']);
	t.deepEqual(broken, ['pipefail']);
});

test('a repair that would swallow the instruction after it is left out and told', t => {
	const before = 'FROM a\nRUN one\nCMD two\nUSER 1\n';

	const {text, broken} = repaired(before, now => fixes(now, 'pipefail', 'one', 'one \\'));

	t.is(text, before);
	t.deepEqual(broken, ['pipefail']);
});

test('two repairs that are only bad side by side are made one after the other', t => {
	const {text, broken} = repaired('FROM a\nRUN one\nRUN two\n', now =>
		now.includes('END')
			? fixes(now, 'merged-runs', 'two', '2')
			: [
					...fixes(now, 'heredoc-chains', 'one', '<<END\none\nEND'),
					...fixes(now, 'merged-runs', '\nRUN two', ' && two'),
				],
	);

	t.is(text, 'FROM a\nRUN <<END\none\nEND\nRUN 2\n');
	t.deepEqual(broken, []);
});

test('a repair that would lose a comment or a stage is left out unless it says that it does', t => {
	const text = 'FROM a\n# why\nRUN one\nFROM b\n';
	const without = (drops?: 'comments' | 'stages') =>
		repaired(text, now => {
			const edits = change(now, '# why\n', '');
			return edits.length === 0 ? [] : [['pipefail', {title: '', edits, ...(drops && {drops})}]];
		}).text;

	t.is(without(), text);
	t.is(without('comments'), 'FROM a\nRUN one\nFROM b\n');
	t.is(repaired(text, now => fixes(now, 'pipefail', 'FROM b\n', '')).text, text);
});

test('two repairs that undo each other come to an end', t => {
	const {rules} = repaired('FROM a\nRUN one\n', now => [
		...fixes(now, 'pipefail', 'one', 'two'),
		...fixes(now, 'merged-runs', 'two', 'one'),
	]);

	t.true(rules.length < 20);
});

test('where lines are kept, a line that is taken away stays as an empty one, and none is added', t => {
	const text = 'FROM a\nRUN one\nRUN two\nCMD three\n';

	t.is(
		repaired(text, now => fixes(now, 'pipefail', 'RUN one\n', ''), 'kept').text,
		'FROM a\n\nRUN two\nCMD three\n',
	);
	t.is(repaired(text, now => fixes(now, 'pipefail', 'RUN one', 'RUN 1\nRUN 2'), 'kept').text, text);
	t.is(
		repaired('FROM a\nRUN <<E\none\ntwo\nE\n', now => fixes(now, 'pipefail', 'one\n', ''), 'kept').text,
		'FROM a\nRUN <<E\none\ntwo\nE\n',
		'an empty line in a heredoc would be content',
	);
});

test('where lines are kept, lines that are added take the place of empty ones beside them, or are not added', t => {
	const kept = (text: string, from: string, to: string): string =>
		repaired(text, now => fixes(now, 'pipefail', from, to), 'kept').text;
	const before = 'FROM a\n\n# why\nRUN one\n \nRUN two\n';

	t.is(kept(before, '# why\n', 'SHELL ["b"]\n# why\n'), before, 'an edit that takes a line along moves it');
	t.is(kept(before, '# why', 'SHELL ["b"]\n# why'), before.replace('\n\n', '\nSHELL ["b"]\n'));
	t.is(
		kept(before, 'RUN one', 'RUN one\nSHELL ["b"]'),
		before,
		'it would be put above, where there is no room',
	);
	t.is(kept(before, 'RUN two', 'WORKDIR /a\nRUN two'), before.replace('\n \n', '\nWORKDIR /a\n'));
	t.is(
		kept(before, 'RUN two', 'ENV A=b\nWORKDIR /a\nRUN two'),
		before,
		'there is one empty line, and not two',
	);
	t.is(kept('FROM a\nRUN b \\\n\n  c\n', '  c', 'd\n  c'), 'FROM a\nRUN b \\\n\n  c\n');
	t.is(kept('FROM a\nRUN <<E\n\none\nE\n', 'one', 'two\none'), 'FROM a\nRUN <<E\n\none\nE\n');
});

const placed: Readonly<Record<string, readonly [text: string, at: string, added: string, expected: string]>> =
	{
		'above a line': ['FROM a\n\nRUN b\n', 'RUN b', 'ENV A=b\n', 'FROM a\nENV A=b\nRUN b\n'],
		'below a line': ['FROM a\nRUN b\n\nRUN c\n', '\nRUN c', 'ENV A=b\n', 'FROM a\nRUN b\nENV A=b\nRUN c\n'],
		'at the end of a line': ['FROM a\n\nRUN b\n', '\n\nRUN b', '\nENV A=b', 'FROM a\nENV A=b\nRUN b\n'],
		'at the end of a line of Windows': [
			'FROM a\r\n\r\nRUN b\r\n',
			'\r\n\r\nRUN b',
			'\r\nENV A=b',
			'FROM a\r\nENV A=b\r\nRUN b\r\n',
		],
		'two of them': [
			'FROM a\n\n\t\nRUN b\n',
			'RUN b',
			'ENV A=b\nENV C=d\n',
			'FROM a\nENV A=b\nENV C=d\nRUN b\n',
		],
	};

for (const [where, [text, at, added, expected]] of Object.entries(placed)) {
	test(`where lines are kept, lines come into empty ones ${where}`, t => {
		const {dockerfile} = draftOf(encode(text), () => []);
		const start = text.indexOf(at);
		const place = intoBlankLines(dockerfile);

		const edit = place({span: {start, end: start}, text: added});

		t.is(edit === undefined ? undefined : Buffer.from(applyEdits(dockerfile, [edit])).toString(), expected);
	});
}

test('whatever is edited, what is not stays, and lines stay where they are', t => {
	const lines = fc.array(fc.constantFrom('RUN a', 'ENV A=b', '# c', '', 'COPY x y', 'RUN d \\\n  e'), {
		maxLength: 8,
	});
	fc.assert(
		fc.property(
			lines,
			fc.array(fc.tuple(fc.nat(80), fc.nat(12), fc.constantFrom('', 'z', 'zz')), {maxLength: 6}),
			(body, wishes) => {
				const text = `FROM scratch\n${body.join('\n')}\n`;
				const dockerfile = parseDockerfile(encode(text));
				const found = wishes.flatMap(([start, length, to]): Found[] => {
					const end = Math.min(start + length, text.length);
					const fix = {title: '', edits: [{span: {start, end}, text: to}]};
					return start > end
						? []
						: [{rule: 'pipefail', setting, finding: {result: 'fail', message: `${start}`, fix}}];
				});
				let rounds = 0;
				const {bytes, applied} = repair(
					{dockerfile, target: stageOf(dockerfile), found},
					{
						lines: 'kept',
						wants: () => true,
						again: next => {
							rounds += 1;
							const after = parseDockerfile(next);
							return {dockerfile: after, target: stageOf(after), found: []};
						},
					},
				);

				t.true(rounds <= 1);
				t.is(decode(bytes).split('\n').length, text.split('\n').length);
				const edits = applied.flatMap(({finding}) => finding.fix?.edits ?? []);
				const distinct = [...new Map(edits.map(edit => [JSON.stringify(edit), edit])).values()];
				t.deepEqual(bytes, applyEdits(dockerfile, distinct));
			},
		),
		{numRuns: 300},
	);
});

test('ten thousand repairs of ten thousand lines take no time to tell apart', t => {
	const count = 10_000;
	const text = `FROM scratch\n${'RUN a\n'.repeat(count)}`;
	const dockerfile = parseDockerfile(encode(text));
	const found = dockerfile.instructions.slice(1).flatMap(({span}): Found[] =>
		['b', 'c'].map(to => ({
			rule: 'pipefail',
			setting,
			finding: {result: 'fail', message: to, fix: {title: '', edits: [{span, text: `RUN ${to}`}]}},
		})),
	);
	const started = performance.now();
	const {applied} = repair(
		{dockerfile, target: stageOf(dockerfile), found},
		{lines: 'kept', wants: () => true, again: bytes => ({...draftOf(bytes, () => []), found: []})},
	);

	t.is(applied.length, count);
	// Each against each would be a hundred million comparisons.
	t.true(performance.now() - started < 5000);
});

test('one repair in a thousand that breaks the file is found without trying them all', t => {
	const count = 1000;
	const text = `FROM scratch\n${'RUN a\n'.repeat(count)}`;
	let asked = 0;
	const bytes = encode(text);
	const dockerfile = parseDockerfile(bytes);
	const found = dockerfile.instructions.slice(1).map(
		({span}, index): Found => ({
			rule: 'pipefail',
			setting,
			finding: {
				result: 'fail',
				message: `${index}`,
				fix: {title: '', edits: [{span, text: index === 700 ? 'RUM b' : 'RUN b'}]},
			},
		}),
	);

	const {applied} = repair(
		{dockerfile, target: stageOf(dockerfile), found},
		{
			lines: 'kept',
			wants: () => true,
			again: next => {
				asked += 1;
				return draftOf(next, () => []);
			},
		},
	);

	t.is(applied.length, count - 1);
	t.is(asked, 1);
});
