import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type {Dockerfile, Instruction} from '../../frontend/dockerfile/ast.ts';
import {applyEdits, type Edit, lineKeeper} from '../../frontend/dockerfile/edit.ts';
import {ParseError} from '../../frontend/dockerfile/error.ts';
import {basesOf, expand} from '../../frontend/dockerfile/expand.ts';
import {pairsOf, unquote} from '../../frontend/dockerfile/pairs.ts';
import {MAX_SIZE, parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {neededStages, stageOf} from '../../frontend/dockerfile/stages.ts';
import {answerOf} from '../helpers/parser-answer.ts';

const utf8 = new TextEncoder();
const fixtures = new URL('../fixtures/dockerfile/buildkit/', import.meta.url);

function parse(text: string): Dockerfile {
	return parseDockerfile(utf8.encode(text));
}

function instructionAt(dockerfile: Dockerfile, index: number): Instruction {
	const instruction = dockerfile.instructions.at(index);
	if (instruction === undefined) {
		throw new Error(`The Dockerfile has no instruction ${index}`);
	}
	return instruction;
}

function sourceOf({bytes}: Dockerfile, {start, end}: {readonly start: number; readonly end: number}): string {
	return Buffer.from(bytes.subarray(start, end)).toString();
}

function refusalOf(read: () => unknown): ParseError | undefined {
	try {
		read();
		return undefined;
	} catch (error) {
		if (error instanceof ParseError) {
			return error;
		}
		throw error;
	}
}

function linesOf(file: string): Iterable<Record<string, unknown>> {
	return readFileSync(new URL(file, fixtures), 'utf8')
		.trimEnd()
		.split('\n')
		.map(line => JSON.parse(line));
}

// --- what BuildKit answers ---

test('hundreds of strange Dockerfiles are read, or refused, as BuildKit does', t => {
	for (const {dockerfile, refused, ...wanted} of linesOf('parsed.jsonl')) {
		const bytes = Buffer.from(String(dockerfile), 'latin1');
		const problem = refusalOf(() => parseDockerfile(bytes));

		t.is(problem !== undefined, refused === true, JSON.stringify(dockerfile));
		if (problem === undefined) {
			const answer: unknown = answerOf(parseDockerfile(bytes));
			t.deepEqual(answer, wanted, JSON.stringify(dockerfile));
		}
	}
});

test('hundreds of strange words are expanded, or refused, as BuildKit does', t => {
	const values = new Map(Object.entries({a: 'foo.bar.baz', b: '', c: 'x/y*z}w', abc: '1'}));
	for (const {word, refused, result} of linesOf('expanded.jsonl')) {
		const read = () => expand(String(word), name => values.get(name), '\\');
		const problem = refusalOf(read);

		t.is(problem !== undefined, refused === true, String(word));
		if (problem === undefined) {
			t.is(read(), String(result), String(word));
		}
	}
});

const corpus = new URL('../../../shared/corpus/dockerfiles.jsonl', import.meta.url);

test('real Dockerfiles of others are read, and come out unchanged', t => {
	if (!existsSync(corpus)) {
		t.log('skipped: the corpus of real Dockerfiles is not on this machine');
		t.pass();
		return;
	}
	for (const line of readFileSync(corpus, 'utf8').trimEnd().split('\n')) {
		const {name, text}: {name: string; text: string} = JSON.parse(line);
		const dockerfile = parse(text);

		t.deepEqual(Buffer.from(applyEdits(dockerfile, [])), Buffer.from(text), name);
		t.true(neededStages(dockerfile, stageOf(dockerfile)).length > 0, name);
	}
});

// --- what rules read ---

test('directives stand at the very top, in any case, after a byte order mark too', t => {
	const {directives, escape: escapeBy} = parse(
		'\ufeff# Syntax = a/b:1 \n#ESCAPE=`\n# check=skip=all\nFROM a\n',
	);

	t.is(escapeBy, '`');
	t.deepEqual(
		directives.map(({name, value, line}) => [name, value, line]),
		[
			['syntax', 'a/b:1', 1],
			['escape', '`', 2],
			['check', 'skip=all', 3],
		],
	);
	t.is(parse('# a comment\n# escape=`\nFROM a\n').escape, '\\');
	t.is(parse('\n# escape=`\nFROM a\n').escape, '\\');
});

test('after "#!", syntax is found and escape has no effect, as in BuildKit', t => {
	const {directives, escape: escapeBy} = parse('#!/usr/bin/env x\n# syntax=a/b\n# escape=`\nFROM a\n');

	t.is(escapeBy, '\\');
	t.deepEqual(
		directives.map(({name, value, line}) => [name, value, line]),
		[['syntax', 'a/b', 2]],
	);
});

test('a continued instruction keeps the places of its words, over comments and empty lines', t => {
	const dockerfile = parse(
		'FROM a\r\nCOPY --from=b \\  \r\n  # why\r\n\r\n one \\\r\n t\\\r\nwo /three\r\nUSER x\r\n',
	);
	const copy = instructionAt(dockerfile, 1);

	t.deepEqual(
		copy.words.map(word => [word.text, word.line, sourceOf(dockerfile, word.span)]),
		[
			['one', 5, 'one'],
			['two', 6, 't\\\r\nwo'],
			['/three', 7, '/three'],
		],
	);
	t.deepEqual([copy.line, copy.endLine], [2, 7]);
	t.true(sourceOf(dockerfile, copy.span).endsWith('/three'));
	t.deepEqual(
		dockerfile.comments.map(({text, line, span}) => [text, line, sourceOf(dockerfile, span)]),
		[['why', 3, '# why']],
	);
});

test('flags come without quotes and with the place of their value', t => {
	const dockerfile = parse('FROM a\nRUN --mount="type=bind,from=b, c" --network=none --x cmd --y\n');
	const run = instructionAt(dockerfile, 1);

	t.deepEqual(
		run.flags.map(({name, value, span, valueSpan}) => [
			name,
			value,
			sourceOf(dockerfile, span),
			valueSpan && sourceOf(dockerfile, valueSpan),
		]),
		[
			['mount', 'type=bind,from=b, c', '--mount="type=bind,from=b, c"', '"type=bind,from=b, c"'],
			['network', 'none', '--network=none', 'none'],
			['x', undefined, '--x', undefined],
		],
	);
	t.is(run.args, 'cmd --y');
});

test('heredocs keep their bodies, places, and whether they are expanded', t => {
	const dockerfile = parse('FROM a\nRUN <<A cat && <<-"B"\nFROM x\nA\n\tb\n\tB\nUSER c\n');
	const run = instructionAt(dockerfile, 1);

	t.deepEqual(
		run.heredocs.map(({span, ...heredoc}) => ({...heredoc, source: sourceOf(dockerfile, span)})),
		[
			{name: 'A', content: 'FROM x\n', isExpanded: true, isChomped: false, source: 'FROM x\n'},
			{name: 'B', content: '\tb\n', isExpanded: false, isChomped: true, source: '\tb\n'},
		],
	);
	t.deepEqual([run.line, run.endLine], [2, 6]);
	t.is(dockerfile.instructions.length, 3);
});

test('bytes that are no UTF-8 cannot end a heredoc that BuildKit goes on reading', t => {
	const text = Buffer.concat([
		Buffer.from('FROM a\nRUN <<\ufffd\n'),
		Buffer.of(0xff),
		Buffer.from('\nUSER root\n\ufffd\n'),
	]);

	t.is(parseDockerfile(text).instructions.length, 2);
});

test('each byte that is no UTF-8 becomes one U+FFFD, as in BuildKit', t => {
	// The first two bytes of a three-byte character: BuildKit's heredoc is called U+FFFD twice.
	const text = Buffer.concat([
		Buffer.from('FROM a\nARG '),
		Buffer.of(0xef, 0xbb),
		Buffer.from('\nRUN <<'),
		Buffer.of(0xef, 0xbb),
		Buffer.from('\nx\n\ufffd\n\ufffd\ufffd\nUSER root\n'),
	]);
	const dockerfile = parseDockerfile(text);

	t.is(instructionAt(dockerfile, 1).args, '\ufffd\ufffd');
	t.is(instructionAt(dockerfile, 2).heredocs[0]?.content, 'x\n\ufffd\n');
	t.is(instructionAt(dockerfile, 3).keyword, 'USER');
	t.is(
		instructionAt(parse('FROM a\nUSER \u00e9\u20ac\ud7ff\ue000\u{10ffff}'), 1).args,
		'\u00e9\u20ac\ud7ff\ue000\u{10ffff}',
	);
});

test('exec forms are read as JSON, and what is no JSON is shell', t => {
	const {instructions} = parse(
		'FROM a\nCMD ["a", "\\u0041\\n"]\nCMD [ "$x" = 1 ]\nHEALTHCHECK CMD ["x","y"]\nHEALTHCHECK --interval=1s CMD x [y]\n',
	);

	t.deepEqual(
		instructions.slice(1).map(({json}) => json),
		[['a', 'A\n'], undefined, ['x', 'y'], undefined],
	);
	t.deepEqual(
		instructions.slice(1).map(({words}) => words.map(({text}) => text)),
		[['"a"', '"\\u0041\\n"'], ['[ "$x" = 1 ]'], ['CMD', '"x"', '"y"'], ['CMD', 'x [y]']],
	);
});

test('pairs of ENV, LABEL and ARG come in both forms, without quotes, with the place of the value', t => {
	const dockerfile = parse(
		'FROM a\nENV A="b c" D=\\\n  E=$f\nENV DEPS \\\n  autoconf \\\n  "file"\nARG X Y=\'z\'\nLABEL "a b"=c\\ d\n',
	);
	const pairs = dockerfile.instructions.map(instruction => pairsOf(instruction, dockerfile.escape));

	t.deepEqual(
		pairs
			.flat()
			.map(({name, value, valueSpan, line}) => [
				name,
				value && unquote(value, dockerfile.escape),
				valueSpan && sourceOf(dockerfile, valueSpan),
				line,
			]),
		[
			['A', 'b c', '"b c"', 2],
			['D', '', '', 2],
			['E', '$f', '$f', 3],
			['DEPS', 'autoconf   file', 'autoconf \\\n  "file"', 4],
			['X', undefined, undefined, 7],
			['Y', 'z', "'z'", 7],
			['a b', 'c d', 'c\\ d', 8],
		],
	);
	t.is(unquote('"a$b"\\ c', '\\'), 'a$b c');
	t.is(unquote('"never closed', '\\'), '"never closed');
	t.deepEqual(
		pairsOf(instructionAt(parse('# escape=`\nFROM a\nLABEL a\\b` c=d\n'), 1), '`').map(({name, value}) => [
			name,
			value,
		]),
		[['a\\b c', 'd']],
	);
});

test('an ONBUILD shows what it holds', t => {
	const dockerfile = parse('FROM a\nONBUILD COPY --from=b x <<E /y\nz\nE\n');
	const {inner, words} = instructionAt(dockerfile, 1);

	t.is(inner?.keyword, 'COPY');
	t.deepEqual(
		inner?.flags.map(({name, value}) => [name, value]),
		[['from', 'b']],
	);
	t.is(inner?.heredocs[0]?.content, 'z\n');
	t.deepEqual(
		words.map(({text}) => text),
		['COPY', 'x', '<<E', '/y'],
	);
});

// --- refusals ---

const refusals: readonly (readonly [string, ParseError['code'], number | undefined, RegExp])[] = [
	['', 'DOCKERFILE_EMPTY', undefined, /no instructions/],
	['# only a comment\n\n', 'DOCKERFILE_EMPTY', undefined, /no instructions/],
	['ARG x\n', 'DOCKERFILE_NO_STAGE', undefined, /no FROM/],
	['ARG x\nRUN y\nFROM a\n', 'DOCKERFILE_BEFORE_FROM', 2, /RUN before the first FROM/],
	['FROM a\n\nRUM x\n', 'DOCKERFILE_UNKNOWN_INSTRUCTION', 3, /"RUM".*write RUN/],
	['FROM a\nconstructor x\n', 'DOCKERFILE_UNKNOWN_INSTRUCTION', 2, /"CONSTRUCTOR"/],
	['# escape=x\nFROM a\n', 'DOCKERFILE_BAD_DIRECTIVE', 1, /escape character/],
	['# syntax=x\n# syntax=y\nFROM a\n', 'DOCKERFILE_BAD_DIRECTIVE', 2, /repeats/],
	['FROM\n', 'DOCKERFILE_BAD_ARGUMENTS', 1, /image/],
	['FROM a b\n', 'DOCKERFILE_BAD_ARGUMENTS', 1, /AS and a name/],
	['FROM a AS 1x\n', 'DOCKERFILE_BAD_STAGE_NAME', 1, /"1x"/],
	['FROM a\nRUN <<E\nx\n', 'DOCKERFILE_BAD_HEREDOC', 2, /never closed.*"E"/],
	['FROM a\nCOPY x <<E\nE\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /heredoc/],
	['FROM a\nCOPY x\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /destination/],
	['FROM a\nENV x\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /NAME=value/],
	['FROM a\nENV x=y z\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /"z"/],
	['FROM a\nLABEL =y\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /without a name/],
	['FROM a\nONBUILD ENV x\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /NAME=value/],
	['FROM a\nONBUILD ONBUILD RUN x\n', 'DOCKERFILE_BAD_ONBUILD', 2, /ONBUILD inside ONBUILD/],
	['FROM a\nONBUILD from x\n', 'DOCKERFILE_BAD_ONBUILD', 2, /FROM inside ONBUILD/],
	['FROM a\nEXPOSE\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /no argument/],
	['FROM a\nVOLUME [""]\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /empty path/],
	['FROM a\nSHELL bash\n', 'DOCKERFILE_BAD_SHELL', 2, /JSON array/],
	['FROM a\nCMD [1]\n', 'DOCKERFILE_BAD_JSON', 2, /strings only/],
	['FROM a\nHEALTHCHECK NONE x\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /NONE takes no/],
	['FROM a\nHEALTHCHECK curl\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /neither with CMD/],
	['FROM a\nHEALTHCHECK CMD\n', 'DOCKERFILE_BAD_ARGUMENTS', 2, /no command/],
	[`FROM a\nRUN ${'x'.repeat(65_536)}\n`, 'DOCKERFILE_LINE_TOO_LONG', 2, /65535 bytes/],
];

test('what BuildKit refuses is refused with the line and with what to do', t => {
	for (const [text, code, line, message] of refusals) {
		const problem = refusalOf(() => parse(text));

		t.is(problem?.code, code, text.slice(0, 80));
		t.is(problem?.line, line, text.slice(0, 80));
		t.regex(problem?.message ?? '', message);
	}
});

test('a line may be as long as the longest that BuildKit reads', t => {
	const rest = 65_536 - 'RUN \n'.length;

	t.is(parse(`FROM a\nRUN ${'x'.repeat(rest)}\n`).instructions.length, 2);
	t.is(refusalOf(() => parse(`FROM a\nRUN ${'x'.repeat(rest + 1)}\n`))?.code, 'DOCKERFILE_LINE_TOO_LONG');
	t.is(refusalOf(() => parse(`FROM a\nRUN ${'x'.repeat(rest + 1)}`))?.code, 'DOCKERFILE_LINE_TOO_LONG');
});

test('a Dockerfile of 2 MB is refused before any work, with its size and the limit', t => {
	const bytes = new Uint8Array(2_000_000).fill(0x0a);
	const problem = refusalOf(() => parseDockerfile(bytes));

	t.is(problem?.code, 'DOCKERFILE_TOO_LARGE');
	t.regex(problem?.message ?? '', /2000000 bytes.*1048576/);
	t.is(refusalOf(() => parseDockerfile(bytes.subarray(0, MAX_SIZE)))?.code, 'DOCKERFILE_EMPTY');
});

test('a refusal shows hostile text shortened and escaped', t => {
	const problem = refusalOf(() => parse(`FROM a\n\u001b[2J${'x'.repeat(10_000)} y\n`));

	t.true((problem?.message.length ?? 0) < 400);
	t.false(problem?.message.includes('\u001b'));
});

// --- one MiB from an enemy ---

function filled(head: string, unit: string, tail = ''): string {
	return head + unit.repeat(Math.floor((MAX_SIZE - head.length - tail.length) / unit.length)) + tail;
}

const hostile: Readonly<Record<string, string>> = {
	'lines of 64 KiB in one instruction': filled('FROM a\nRUN ', `${'x'.repeat(65_000)}\\\n`, '\n'),
	'100,000 continuations': filled('FROM a\nRUN a', '\\\n x', '\n'),
	'empty lines in a continuation': filled('FROM a\nRUN a\\\n', '\n', 'b\n'),
	comments: filled('', '#\n', 'FROM a\n'),
	'50,000 heredocs': `FROM a\n${'RUN <<A\nA\n'.repeat(50_000)}`,
	'heredocs of one RUN': `FROM a\nRUN \\\n${'<<A \\\n'.repeat(90_000)}\n${'A\n'.repeat(90_000)}`,
	'nested ONBUILD': filled('FROM a\nONBUILD ', 'ONBUILD \\\n'),
	'nested substitutions': filled('FROM a\nRUN <<E ', `\${a:-\\\n`),
	'open quotes': filled('FROM a\nENV a=', '"\\\n'),
	'"<<" and white space': filled('FROM a\nRUN <<', ' \\\n', '<x\n'),
	'a JSON array': filled('FROM a\nRUN [', '"a",\\\n', '"a"]\n'),
	'nested JSON': filled('FROM a\nRUN ', '[[[[[[[[[[[\\\n', ']\n'),
	flags: filled('FROM a\nRUN ', '--a=b \\\n', '\n'),
	pairs: filled('FROM a\nENV ', 'a=b \\\n', '\n'),
	stages: Array.from({length: 40_000}, (_, at) => `FROM s${at - 1} AS s${at}\n`).join(''),
	'ARGs that double': `ARG a=xxxxxxxxxx\n${'ARG a=$a$a$a$a\n'.repeat(60)}FROM $a\n`,
	'ARGs and FROMs': `${'ARG a=$a$b\n'.repeat(45_000)}${`FROM $a\${a#x}\n`.repeat(35_000)}`,
	patterns: `ARG a=${'x'.repeat(60_000)}\n${`FROM \${a#*x*x*x*x*x*x*y}\${a//*x*x*y/}\n`.repeat(20_000)}`,
	'triggers and stages': `FROM x AS b\n${'ONBUILD RUN x\n'.repeat(30_000)}${Array.from({length: 18_000}, (_, at) => `FROM b\nCOPY --from=${at} a b\n`).join('')}`,
	'a directive of spaces': `# syntax=${' '.repeat(60_000)}a${' '.repeat(5000)}b\nFROM a\n`,
};

for (const [name, text] of Object.entries(hostile)) {
	test(`a file of one MiB is read, or refused, within a second: ${name}`, t => {
		const bytes = utf8.encode(text);
		const before = process.threadCpuUsage();
		const problem = refusalOf(() => {
			const dockerfile = parseDockerfile(bytes);
			const stage = stageOf(dockerfile);
			neededStages(dockerfile, stage);
			dockerfile.instructions.flatMap(instruction => pairsOf(instruction, dockerfile.escape));
			applyEdits(dockerfile, [], {stage, lines: ['USER 1']});
		});
		const {user, system} = process.threadCpuUsage(before);

		t.log(
			`${bytes.length} bytes, ${problem?.code ?? 'read'}, ${Math.round((user + system) / 1000)} ms of processor time`,
		);
		t.true(user + system < 1_000_000);
	});
}

// --- expansion and stages ---

test('FROM sees the ARGs before it and the build arguments that they declare, and nothing else', t => {
	const dockerfile = parse(
		`ARG V=1\nARG W=\${V:-x}.2\nARG N\nFROM a:$W\nARG V=9\nFROM --platform=$BUILDPLATFORM b:\${V}\${N}\${U} AS c\nFROM "d:\\$"\nFROM \${U}\nFROM \${U:?no}\n`,
	);

	t.deepEqual(basesOf(dockerfile, new Map()), ['a:1.2', 'b:1', 'd:$', undefined, undefined]);
	t.deepEqual(basesOf(dockerfile, new Map(Object.entries({V: '3', N: 'n', U: 'u'}))).slice(0, 2), [
		'a:3.2',
		'b:3n',
	]);
	t.deepEqual(basesOf(parse('FROM x-$TARGETARCH\n'), new Map([['TARGETARCH', 'arm64']])), ['x-arm64']);
});

test('a target is found by name in any case, never by index, and by default it is the last stage', t => {
	const dockerfile = parse('FROM a AS Base\nFROM b\nFROM c AS last\n');

	t.is(stageOf(dockerfile).index, 2);
	t.is(stageOf(dockerfile, 'BASE').index, 0);
	t.is(refusalOf(() => stageOf(dockerfile, '1'))?.code, 'DOCKERFILE_UNKNOWN_STAGE');
	t.is(stageOf(parse('FROM a AS x\nFROM b AS x\n'), 'x').index, 1);
	const problem = refusalOf(() => stageOf(dockerfile, 'bsae'));
	t.is(problem?.code, 'DOCKERFILE_UNKNOWN_STAGE');
	t.regex(problem?.message ?? '', /"bsae".*base, last/);
});

test('a target needs the stages it takes anything from, and no others', t => {
	const dockerfile = parse(
		[
			'ARG FROM_STAGE=base',
			'FROM a AS base',
			'ONBUILD COPY --from=trigger /x /x',
			'FROM b AS trigger',
			'FROM c AS unused',
			'FROM d',
			'FROM e AS tools',
			`FROM \${FROM_STAGE} AS app`,
			'COPY --from=3 /y /y',
			'RUN --mount=type=cache,target=/c --mount="type=bind,FROM=Tools" make',
			'COPY --from=docker.io/library/x /z /z',
			'FROM scratch AS other',
		].join('\n'),
	);
	const indexes = (name: string, args = new Map<string, string>()) =>
		neededStages(dockerfile, stageOf(dockerfile, name), args).map(({index}) => index);

	t.deepEqual(indexes('app'), [0, 1, 3, 4, 5]);
	t.deepEqual(indexes('app', new Map([['FROM_STAGE', 'unused']])), [2, 3, 4, 5]);
	t.deepEqual(indexes('base'), [0]);
	t.deepEqual(indexes('other'), [6]);
});

test('stages that need each other do not keep the reader busy for ever', t => {
	const dockerfile = parse('FROM a AS x\nCOPY --from=y / /\nFROM a AS y\nCOPY --from=x / /\n');

	t.deepEqual(
		neededStages(dockerfile, stageOf(dockerfile, 'x')).map(({index}) => index),
		[1, 0],
	);
});

// --- edits ---

const piece = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.constantFrom(
			'RUN x',
			'ENV a=b c="d e"',
			'COPY --from=a x y',
			'CMD ["a", "b"]',
			'ARG x',
			'ENV k v w',
		),
	},
	{
		weight: 3,
		arbitrary: fc.constantFrom(
			'RUN <<E\n$x\nE',
			'COPY <<-"E" /x\n\ty\n\tE',
			'ONBUILD RUN <<E\nE',
			'FROM b AS c',
			'from c',
		),
	},
	{
		weight: 3,
		arbitrary: fc.constantFrom(
			'# c',
			'',
			' ',
			'RUN a \\\n # c\n\n b',
			'RUN a \\ \r\n b',
			'LABEL a=b \\\n c=d',
			'\\\nRUN x',
			'RUN --a=b \\\n --c="d e" f',
		),
	},
	{weight: 1, arbitrary: fc.string({maxLength: 6}).map(text => `RUN ${text}`)},
);
const file = fc
	.record({
		head: fc.constantFrom('', '', '# syntax=a\n', '# escape=`\n', '\ufeff', 'ARG x=y\n', '# c\n'),
		pieces: fc.array(fc.tuple(piece, fc.constantFrom('\n', '\n', '\r\n')), {maxLength: 8}),
		tail: fc.constantFrom(
			'',
			'',
			'RUN end',
			'RUN a\\',
			'RUN a\\ \\',
			'RUN a \\\n# c\n',
			'RUN a` `',
			'# end',
			'RUN <<E\nE',
		),
		noise: fc.option(fc.tuple(fc.nat(), fc.uint8Array({minLength: 1, maxLength: 3})), {freq: 8}),
	})
	.map(({head, pieces, tail, noise}) => {
		const text = Buffer.from(`${head}FROM a\n${pieces.flat().join('')}${tail}`);
		const at = (noise?.[0] ?? 0) % text.length;
		return noise === null ? text : Buffer.concat([text.subarray(0, at), noise[1], text.subarray(at)]);
	});

/** Runs the check on every generated file that parses; enough of them have to. */
function forFiles(check: (dockerfile: Dockerfile) => void): number {
	let parsed = 0;
	fc.assert(
		fc.property(file, bytes => {
			const problem = refusalOf(() => parseDockerfile(bytes));
			if (problem === undefined) {
				parsed += 1;
				check(parseDockerfile(bytes));
			}
		}),
		{numRuns: 1500},
	);
	return parsed;
}

test('no edits give the same bytes back, whatever the file', t => {
	const parsed = forFiles(dockerfile => {
		t.deepEqual(Buffer.from(applyEdits(dockerfile, [])), Buffer.from(dockerfile.bytes));
	});

	t.true(parsed > 700);
});

test('spans lie in the file, in order, and do not overlap', t => {
	forFiles(({bytes, instructions, comments, directives}) => {
		inOrder(
			instructions.map(({span}) => span),
			bytes.length,
		);
		inOrder(
			[...directives, ...comments].map(({span}) => span),
			bytes.length,
		);
		for (const {span, words, flags, heredocs} of instructions) {
			const inside = [...flags, ...words, ...heredocs].map(each => each.span);
			inOrder(
				[{start: span.start, end: span.start}, ...inside, {start: span.end, end: span.end}],
				bytes.length,
			);
		}
	});

	function inOrder(spans: readonly {readonly start: number; readonly end: number}[], size: number): void {
		let at = 0;
		for (const {start, end} of spans) {
			t.true(at <= start && start <= end && end <= size);
			at = end;
		}
	}
});

test("an instruction's bytes alone say the same as in the file", t => {
	forFiles(dockerfile => {
		const head = dockerfile.escape === '`' ? '# escape=`\nFROM z\n' : 'FROM z\n';
		for (const instruction of dockerfile.instructions) {
			const source = dockerfile.bytes.subarray(instruction.span.start, instruction.span.end);
			const alone = parseDockerfile(Buffer.concat([Buffer.from(head), source])).instructions.at(-1);

			t.deepEqual(withoutPlaces(alone), withoutPlaces(instruction));
		}
	});
});

function withoutPlaces(instruction: Instruction | undefined) {
	return {
		keyword: instruction?.keyword,
		args: instruction?.args,
		json: instruction?.json,
		words: instruction?.words.map(({text}) => text),
		flags: instruction?.flags.map(({name, value}) => [name, value]),
		heredocs: instruction?.heredocs.map(({name, content}) => [name, content]),
		inner: instruction?.inner?.keyword,
	};
}

test('edits change the bytes of their spans and no others', t => {
	const cuts = fc.array(fc.tuple(fc.nat(), fc.string({maxLength: 5})), {maxLength: 6});
	fc.assert(
		fc.property(file, cuts, (bytes, points) => {
			if (refusalOf(() => parseDockerfile(bytes)) !== undefined) {
				return;
			}
			const sorted = points
				.map(([at, text]) => ({at: at % (bytes.length + 1), text}))
				.sort((a, b) => a.at - b.at);
			const edits: Edit[] = [];
			const wanted: Buffer[] = [];
			let end = 0;
			for (let index = 0; index + 1 < sorted.length; index += 2) {
				const span = {start: sorted[index]?.at ?? 0, end: sorted[index + 1]?.at ?? 0};
				const feeds = bytes.subarray(span.start, span.end).filter(byte => byte === 0x0a).length;
				const text = (sorted[index]?.text ?? '').replaceAll('\n', '') + '\n'.repeat(feeds);
				edits.push({span, text});
				wanted.push(bytes.subarray(end, span.start), Buffer.from(text));
				end = span.end;
			}

			const edited = applyEdits(parseDockerfile(bytes), edits.toReversed());

			t.deepEqual(Buffer.from(edited), Buffer.concat([...wanted, bytes.subarray(end)]));
		}),
		{numRuns: 800},
	);
});

test('overlapping edits, and edits that would move lines, are a mistake of the caller', t => {
	const dockerfile = parse('FROM a\nRUN b\n');
	const edit = (start: number, end: number, text = 'x'): Edit => ({span: {start, end}, text});

	t.throws(() => applyEdits(dockerfile, [edit(0, 4), edit(3, 5)]), {message: /overlaps/});
	t.throws(() => applyEdits(dockerfile, [edit(99, 100)]), {message: /outside/});
	t.throws(() => applyEdits(dockerfile, [edit(5, 6, 'x\ny')]), {message: /move/});
});

test('an edit that takes lines away leaves empty ones, and one that could only do that is not made', t => {
	const dockerfile = parse('FROM a\nRUN b \\\n \n\n  c\n');
	const empty: Edit = {span: {start: 15, end: 18}, text: ''};
	const keeps = lineKeeper(dockerfile);

	t.is(
		Buffer.from(applyEdits(dockerfile, [{span: {start: 5, end: 8}, text: 'x'}])).toString(),
		'FROM x\nUN b \\\n \n\n  c\n',
	);
	t.is(Buffer.from(applyEdits(dockerfile, [empty], undefined, 'free')).toString(), 'FROM a\nRUN b \\\n  c\n');
	t.true(keeps({span: {start: 5, end: 8}, text: 'x'}));
	t.false(keeps(empty));
});

test('appended lines become instructions of their stage, whatever it ends with', t => {
	forFiles(dockerfile => {
		const stage = dockerfile.stages[Math.floor(dockerfile.stages.length / 2)] ?? stageOf(dockerfile);
		const lines = ['COPY --link --from=p / /', 'USER 1'];
		const after = parseDockerfile(applyEdits(dockerfile, [], {stage, lines}));

		t.is(after.instructions.length, dockerfile.instructions.length + 2);
		t.deepEqual(
			after.stages.map(({base}) => base.text),
			dockerfile.stages.map(({base}) => base.text),
		);
		t.deepEqual(after.stages[stage.index]?.instructions.map(withoutPlaces), [
			...stage.instructions.map(withoutPlaces),
			...lines.map(line => withoutPlaces(parse(`FROM a\n${line}`).instructions[1])),
		]);
		for (const {line, span} of dockerfile.instructions.filter(({span: {end}}) => end <= stage.span.end)) {
			t.true(after.instructions.some(other => other.line === line && other.span.start === span.start));
		}
	});
});

const appended: readonly (readonly [string, string])[] = [
	['FROM a', 'FROM a\nUSER 1\n'],
	['FROM a\n\n# end\n', 'FROM a\nUSER 1\n\n# end\n'],
	['FROM a\r\nCMD x', 'FROM a\r\nCMD x\r\nUSER 1\r\n'],
	['FROM a\nRUN <<E\nE', 'FROM a\nRUN <<E\nE\nUSER 1\n'],
	['FROM a\nRUN x \\\n', 'FROM a\nRUN x  \nUSER 1\n'],
	['FROM a\nRUN x\\ \\', 'FROM a\nRUN x\\ \f\nUSER 1\n'],
	['FROM a\nRUN x \\\n# c\n\n', 'FROM a\nRUN x  \n# c\n\nUSER 1\n'],
	['FROM a\\\n\\\n# c\n', 'FROM a \n \n# c\nUSER 1\n'],
	['FROM a\\\n# c\n \\ \n\t\\\n', 'FROM a \n# c\n   \n\t \nUSER 1\n'],
	['# escape=`\nFROM a\nRUN x `\n', '# escape=`\nFROM a\nRUN x  \nUSER 1\n'],
];

test('appended lines follow the last instruction in the line ending of the file', t => {
	for (const [before, after] of appended) {
		const dockerfile = parse(before);
		const bytes = applyEdits(dockerfile, [], {stage: stageOf(dockerfile), lines: ['USER 1']});

		t.is(Buffer.from(bytes).toString(), after);
	}
});

test('an edit may replace a whole last instruction that ends in an escape character', t => {
	const dockerfile = parse('FROM a\nRUN x \\');
	const {span} = instructionAt(dockerfile, 1);
	const bytes = applyEdits(dockerfile, [{span, text: 'RUN y'}], {
		stage: stageOf(dockerfile),
		lines: ['USER 1'],
	});

	t.is(Buffer.from(bytes).toString(), 'FROM a\nRUN y\nUSER 1\n');
});

test('a line to append must be one instruction on one line', t => {
	const dockerfile = parse('FROM a\n');
	const stage = stageOf(dockerfile);

	for (const line of ['USER 1\nUSER 2', 'RUN x \\', 'RUN x \\ ', ' ']) {
		t.throws(() => applyEdits(dockerfile, [], {stage, lines: [line]}), {message: /one line/});
	}
});
