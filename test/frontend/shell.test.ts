import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type {Dockerfile} from '../../frontend/dockerfile/ast.ts';
import {applyEdits, type Edit} from '../../frontend/dockerfile/edit.ts';
import {ParseError} from '../../frontend/dockerfile/error.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {
	insertAfter,
	insertBefore,
	removeCommand,
	removeWord,
	replaceWord,
} from '../../frontend/shell/edits.ts';
import {
	hasOption,
	operandsOf,
	optionValue,
	optionValues,
	subcommandOf,
} from '../../frontend/shell/options.ts';
import type {Command, Script} from '../../frontend/shell/script.ts';
import {scriptsOf} from '../../frontend/shell/scripts.ts';

function scriptsIn(text: string | Uint8Array): readonly Script[] {
	const dockerfile = parseDockerfile(typeof text === 'string' ? new TextEncoder().encode(text) : text);
	return scriptsOf(dockerfile, dockerfile.stages);
}

/** The script of the one instruction after FROM. */
function scriptIn(text: string | Uint8Array): Script {
	const [script] = scriptsIn(text);
	if (script === undefined) {
		throw new Error('The Dockerfile has no script');
	}
	return script;
}

function run(code: string): Script {
	return scriptIn(`FROM a\nRUN ${code}\n`);
}

function linesIn({commands}: Pick<Script, 'commands'>): readonly string[] {
	return commands.map(({nameWord, args}) =>
		[nameWord, ...args].map(word => word?.value ?? word?.text ?? '').join(' '),
	);
}

function commandIn(script: Script, name: string): Command {
	const found = script.commands.find(command => command.name === name);
	if (found === undefined) {
		throw new Error(`The script has no command ${name}`);
	}
	return found;
}

function bytesAt({bytes}: Dockerfile, span: {readonly start: number; readonly end: number} | undefined) {
	return span === undefined
		? undefined
		: Buffer.from(bytes.subarray(span.start, span.end)).toString('latin1');
}

// --- what is a script ---

test('every form of RUN, CMD, ENTRYPOINT and HEALTHCHECK is a script, and nothing else is', t => {
	const scripts = scriptsIn(
		[
			'FROM a',
			'ENV X=1',
			'RUN one',
			'RUN ["two", "x y"]',
			'RUN --mount=type=cache,target=/c --network=none three',
			'ONBUILD RUN four',
			'COPY a b',
			'CMD five',
			'ENTRYPOINT ["six"]',
			'HEALTHCHECK --interval=5s CMD seven',
			'HEALTHCHECK NONE',
			'CMD []',
		].join('\n'),
	);

	t.deepEqual(
		scripts.map(({text, dialect, isTrigger}) => [text, dialect, isTrigger]),
		[
			['one', 'sh', false],
			['two x y', 'exec', false],
			['three', 'sh', false],
			['four', 'sh', true],
			['five', 'sh', false],
			['six', 'exec', false],
			['seven', 'sh', false],
		],
	);
	t.deepEqual(linesIn(scripts[1] ?? {commands: []}), ['two x y']);
});

test('the shell in force is the last SHELL, also that of the stage a stage starts from', t => {
	const scripts = scriptsIn(
		[
			'ARG BASE=first',
			'FROM a AS first',
			'RUN a',
			'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
			'RUN b',
			'FROM $BASE',
			'RUN c',
			'SHELL ["pwsh", "-Command"]',
			'RUN d',
			'FROM other',
			'RUN e',
			'FROM mcr.microsoft.com/windows/servercore:ltsc2022',
			'RUN f',
			'SHELL ["zsh", "-c"]',
			'RUN g',
		].join('\n'),
	);

	t.deepEqual(
		scripts.map(({text, dialect}) => `${text} ${dialect}`),
		['a sh', 'b bash', 'c bash', 'd powershell', 'e sh', 'f cmd', 'g other'],
	);
	t.deepEqual(scripts[2]?.shell, ['/bin/bash', '-o', 'pipefail', '-c']);
	t.is(scripts[3]?.tree, undefined);
	t.deepEqual(scripts[3]?.commands, []);
});

test('a heredoc is the script, the input of a program, or data', t => {
	const cases: readonly (readonly [string, Script['dialect'], readonly string[]])[] = [
		['RUN <<EOF\nset -e\napt-get update\nEOF', 'sh', ['set -e', 'apt-get update']],
		['RUN <<-EOF\n\t\tone\n\ttwo\n\tEOF', 'sh', ['one', 'two']],
		['RUN <<EOF\n#!/usr/bin/env bash\none\nEOF', 'bash', ['one']],
		['RUN <<EOF\n#!/usr/bin/python3\nimport os\nEOF', 'other', []],
		['RUN bash -ex <<EOF\none\ntwo\nEOF', 'sh', ['bash -ex', 'one', 'two']],
		['RUN sudo bash <<EOF\none\nEOF', 'sh', ['sudo bash', 'bash', 'one']],
		['RUN python3 <<EOF\nimport os\nEOF', 'sh', ['python3']],
		['RUN cat <<EOF > /file && two\none\nEOF', 'sh', ['cat', 'two']],
		['RUN cat <<A <<B\n$(one)\nA\nx\nB', 'sh', ['cat', 'one']],
	];
	for (const [text, dialect, lines] of cases) {
		const script = scriptIn(`FROM a\n${text}\n`);

		t.is(script.dialect, dialect, text);
		t.deepEqual(linesIn(script), lines, text);
	}
});

test('words of a heredoc have their place in the file', t => {
	for (const text of [
		'FROM a\nRUN <<-EOF\n\t\tone\n\ttwo é three\n\tEOF\n',
		'FROM a\nRUN bash <<EOF\none\ntwo é three\nEOF\n',
	]) {
		const script = scriptIn(text);
		const command = commandIn(script, 'two');
		const word = command.args.at(-1);

		t.is(bytesAt(script.dockerfile, word?.span), 'three');
		t.is(word?.line, 4);
		t.is(command.line, 4);
	}
});

// --- commands ---

test('commands are found wherever shell grammar puts them', t => {
	const script = run(
		'A=1 one "$(two `three`)" <(four) && if five; then { six; }; fi; (seven | eight) & for i in $(nine); do ten; done',
	);

	t.deepEqual(
		script.commands.map(({name}) => name),
		['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'],
	);
	t.deepEqual(
		script.commands.map(({isConditional}) => isConditional),
		[false, false, false, false, true, true, false, false, false, false],
	);
	t.is(script.commands[0]?.assignments[0]?.name, 'A');
	t.is(script.commands[0]?.assignments[0]?.value?.value, '1');
});

test('a command says how it hangs on the one before it, and in which list', t => {
	const {commands} = scriptIn('FROM a\nRUN <<EOF\na && b || c; d | e & f\n(g; h) && i # x; y\nj\nEOF\n');

	t.deepEqual(
		commands.map(({name, joint}) => [name, joint]),
		[
			...[
				['a', 'start'],
				['b', '&&'],
				['c', '||'],
				['d', ';'],
				['e', '|'],
				['f', '&'],
			],
			...[
				['g', 'start'],
				['h', ';'],
				['i', '&&'],
				['j', '\n'],
			],
		],
	);
	const lists = new Map(commands.map(({name, list}) => [name, list]));
	t.is(lists.get('a'), lists.get('j'));
	t.is(lists.get('g'), lists.get('h'));
	t.not(lists.get('a'), lists.get('g'));
	t.deepEqual(
		commands.filter(({isConditional}) => isConditional).map(({name}) => name),
		['a', 'b', 'c'],
	);
});

test('what a command starts is a command too', t => {
	const cases: readonly (readonly [string, readonly string[]])[] = [
		['sudo -E -u root apt-get install x', ['apt-get install x']],
		['env -u A B=1 nice -n 5 make all', ['nice -n 5 make all', 'make all']],
		['timeout -s KILL 10 curl x', ['curl x']],
		['command -v curl', []],
		['find . -name x -exec rm -rf {} \\; -exec chmod 1 {} +', ['rm -rf {}', 'chmod 1 {}']],
		['xargs -0 -n 1 rm -f', ['rm -f']],
		['su postgres -c "psql -c 1"', ['psql -c 1']],
		["bash -euxo pipefail -c 'one && two x'", ['one', 'two x']],
		['sh -c "apt-get install $(pkgs)"', ['apt-get install $(pkgs)', 'pkgs', 'pkgs']],
		['sh -c \'sh -c "deep 1"\'', ['sh -c deep 1', 'deep 1']],
		['sh script.sh -c x', []],
		['time -p make', []],
		['/usr/bin/time -v make', ['make']],
	];
	for (const [code, started] of cases) {
		t.deepEqual(linesIn(run(code)).slice(1), started, code);
	}
	t.is(commandIn(run('sudo -E apt-get update'), 'apt-get').startedBy, 'sudo');
	t.is(commandIn(run("bash -c 'apt-get update'"), 'apt-get').startedBy, 'bash');
});

test('the exec form is one command, and what it starts', t => {
	const script = run('["/bin/bash", "-c", "apt-get update && apt-get install curl"]');

	t.deepEqual(linesIn(script).slice(1), ['apt-get update', 'apt-get install curl']);
	t.is(script.commands[0]?.name, 'bash');
	t.is(script.commands[0]?.args[0]?.span, undefined);
	t.is(commandIn(script, 'apt-get').script.dialect, 'bash');
});

test('a word has a value only when it is known before the build', t => {
	const {args} = commandIn(run(`x a"b"'c' "$A" \${B:-$C} *.deb $(y) "d e" \\$F {1,2} "$G/h"`), 'x');

	t.deepEqual(
		args.map(({value}) => value),
		['abc', undefined, undefined, undefined, undefined, 'd e', '$F', undefined, undefined],
	);
	t.deepEqual(args[2]?.variables, ['B', 'C']);
	t.is(args[8]?.unquoted, '$G/h');
});

test('redirections are told with their descriptor', t => {
	const {redirects} = commandIn(run('x > a 2>&1 <<< "$Y"'), 'x');

	t.deepEqual(
		redirects.map(({descriptor, operator, target}) => [descriptor, operator, target?.text]),
		[
			[undefined, '>', 'a'],
			[2, '>&', '1'],
			[undefined, '<<<', '"$Y"'],
		],
	);
});

// --- places ---

const continuations = fc.constantFrom(
	' \\\n',
	'\\\n    ',
	' \\  \n',
	' \\\n# comment é\n  ',
	' \\\n\n \t',
	'\\\r\n',
);
const tokens = fc.constantFrom(
	...[
		'apt-get',
		'install',
		'-y',
		'é',
		'😀x',
		'"a b"',
		"'c'",
		'&&',
		';',
		'|',
		'a\\ b',
		'$X',
		'\\\\z',
		'\ufffd',
	],
);

test('a script has the text that BuildKit gives its shell, and words lie where they were written', t => {
	let words = 0;
	fc.assert(
		fc.property(
			fc.array(fc.tuple(tokens, fc.oneof(fc.constant(' '), continuations)), {minLength: 1}),
			parts => {
				const text = `FROM a\nRUN x ${parts.flat().join('')} end\n`;
				const script = scriptIn(text);
				t.is(script.text, script.instruction.args);
				words += checkWords(script);
			},
		),
	);
	t.true(words > 100);
});

/** Compares the bytes of each word with its text. */
function checkWords(script: Script): number {
	const {dockerfile, commands} = script;
	const words = commands
		.filter(command => command.script === script)
		.flatMap(({nameWord, args}) => [...(nameWord === undefined ? [] : [nameWord]), ...args]);
	for (const word of words) {
		const {start = 0, end = 0} = word.span ?? {};
		const written = Buffer.from(dockerfile.bytes.subarray(start, end)).toString();
		const joined = written.replaceAll(/[\\`][ \t]*\r?\n(?:[ \t\r]*(?:#.*)?\n)*/g, '');
		if (joined !== word.text) {
			throw new Error(`${JSON.stringify(written)} is not ${JSON.stringify(word.text)}`);
		}
	}
	return words.length;
}

test('real files: every script has its text, every word its place', t => {
	const corpus = new URL('../../../shared/corpus/dockerfiles.jsonl', import.meta.url);
	if (!existsSync(corpus)) {
		t.pass('no files here');
		return;
	}
	let words = 0;
	for (const line of readFileSync(corpus, 'utf8').trimEnd().split('\n')) {
		for (const script of scriptsIn(JSON.parse(line).text)) {
			if (script.dialect !== 'exec') {
				t.true(script.tree !== undefined || script.dialect !== 'sh', script.text);
				words += checkWords(script);
			}
		}
	}
	t.true(words > 1000);
});

test('the file’s own escape character continues lines, and bytes that are not UTF-8 do not move places', t => {
	const backtick = scriptIn('# escape=`\nFROM a\nRUN one `\n two\\ `\n  && three\n');
	t.deepEqual(linesIn(backtick), ['one two ', 'three']);
	t.is(commandIn(backtick, 'three').line, 5);
	t.is(bytesAt(backtick.dockerfile, commandIn(backtick, 'three').span), 'three');

	const broken = scriptIn(
		Buffer.from('FROM a\nRUN echo "\xff\xe2\x82" \xf0\x9f\x98 é \\\r\n end\n', 'latin1'),
	);
	t.is(bytesAt(broken.dockerfile, broken.commands[0]?.args.at(-1)?.span), 'end');
	t.is(bytesAt(broken.dockerfile, broken.commands[0]?.args[0]?.span), '"\xff\xe2\x82"');
	t.is(broken.commands[0]?.args.at(-1)?.line, 3);
});

// --- options ---

test('options are found short, in a bundle, and long with one dash or two', t => {
	const command = commandIn(
		run('x -qqy --assume-yes=true -no-cache -t stable -ofile --name=n sub -- -z'),
		'x',
	);

	for (const name of ['q', 'y', 'assume-yes', 'no-cache', 't']) {
		t.true(hasOption(command, name), name);
	}
	for (const name of ['z', 'a', 'assume', 'sub', 'cache']) {
		t.false(
			hasOption({args: command.args.filter(({text}) => text !== '-no-cache' && text !== '-ofile')}, name),
			name,
		);
	}
	t.is(optionValue(command, 't', 'target'), 'stable');
	t.is(optionValue(command, 'o'), 'file');
	t.is(optionValue(command, 'name'), 'n');
	t.is(optionValue(commandIn(run('x -qt $V'), 'x'), 't'), undefined);
	t.deepEqual(optionValues(commandIn(run('x -e a -e b'), 'x'), 'e'), ['a', 'b']);
	t.deepEqual(
		operandsOf(command, {withValue: ['t', 'target']}).map(({text}) => text),
		['sub', '-z'],
	);
	t.is(subcommandOf(commandIn(run('apt-get -o A=b -qt x install y'), 'apt-get'), ['o', 't']), 'install');
});

// --- edits ---

function edited(text: string, editOf: (script: Script) => Edit | undefined): string | undefined {
	const script = scriptIn(text);
	const edit = editOf(script);
	return edit === undefined ? undefined : Buffer.from(applyEdits(script.dockerfile, [edit])).toString();
}

test('a word is removed without moving a line or leaving a continuation that swallows the next one', t => {
	const cases: readonly (readonly [string, string])[] = [
		['RUN x -y curl', 'RUN x curl'],
		['RUN x curl -y', 'RUN x curl'],
		['RUN x 1 -y>f', 'RUN x 1 >f'],
		['RUN x -y \\\n  curl', 'RUN x \\\n  curl'],
		['RUN x \\\n  -y \\\n  curl', 'RUN x \\\n  \\\n  curl'],
		['RUN x \\\n  -y curl', 'RUN x \\\n  curl'],
		['RUN x curl \\\n  -y', 'RUN x curl\n'],
		['RUN x curl \\  \r\n # why\r\n  -y', 'RUN x curl\r\n # why\r\n'],
		['RUN <<EOF\nx \\\n  -y\nEOF', 'RUN <<EOF\nx \\\n  \nEOF'],
	];
	for (const [before, after] of cases) {
		const result = edited(`FROM a\n${before}\nUSER b\n`, script => {
			const command = commandIn(script, 'x');
			const word = command.args.find(({text}) => text === '-y');
			return word && removeWord(command, word);
		});
		t.is(result, `FROM a\n${after}\nUSER b\n`);
		t.is(parseDockerfile(Buffer.from(result ?? '')).instructions.at(-1)?.keyword, 'USER');
	}
});

test('a command is removed with its joint, or not at all where the rest would mean something else', t => {
	const cases: readonly (readonly [string, string | undefined])[] = [
		['RUN a && x', 'RUN a'],
		['RUN x && a', 'RUN a'],
		['RUN a && x 1 && b', 'RUN a && b'],
		['RUN a; x; b', 'RUN a; b'],
		['RUN a \\\n && x \\\n && b', 'RUN a \\\n \\\n && b'],
		['RUN a \\\n && x', 'RUN a\n'],
		['RUN x && \\\n    a', 'RUN \\\n    a'],
		['RUN (x && a) && b', 'RUN (a) && b'],
		['RUN <<EOF\na\nx\nb\nEOF', 'RUN <<EOF\na\n\nb\nEOF'],
		['RUN <<EOF\na \\\n && x \\\n && b\nEOF', 'RUN <<EOF\na \\\n \\\n && b\nEOF'],
		['RUN x', undefined],
		['RUN a | x', undefined],
		['RUN x | a', undefined],
		['RUN a && x || b', undefined],
		['RUN x || a', undefined],
		['RUN ! x && a', undefined],
		['RUN a && x &', undefined],
		['RUN sudo x && a', undefined],
		['RUN ["sh", "-c", "x && a"]', undefined],
		['RUN <<EOF\na &&\nx\nEOF', undefined],
	];
	for (const [before, after] of cases) {
		const result = edited(`FROM a\n${before}\nUSER b\n`, script => removeCommand(commandIn(script, 'x')));
		t.is(result, after === undefined ? undefined : `FROM a\n${after}\nUSER b\n`, before);
	}
});

test('words are put in and replaced where their place is known', t => {
	const text = 'FROM a\nRUN é && x in\\\nstall y\n';
	t.is(
		edited(text, script => insertBefore(commandIn(script, 'x'), 'w && ')),
		'FROM a\nRUN é && w && x in\\\nstall y\n',
	);
	t.is(
		edited(text, script => {
			const [word] = commandIn(script, 'x').args;
			return word && insertAfter(word, ' -y');
		}),
		'FROM a\nRUN é && x in\\\nstall -y y\n',
	);
	const [split, whole] = commandIn(scriptIn(text), 'x').args;
	t.is(split && replaceWord(split, 'add'), undefined);
	t.is(whole && replaceWord(whole, 'z')?.text, 'z');
});

test('after a removal the shell gets the same text without what was removed', t => {
	let removed = 0;
	const parts = fc.array(fc.tuple(tokens, fc.oneof(fc.constant(' '), continuations)), {minLength: 1});
	fc.assert(
		fc.property(parts, fc.nat(), (written, pick) => {
			const text = `FROM a\nRUN x ${written.flat().join('')} end\nUSER b\n`;
			const script = scriptIn(text);
			const command = script.commands[pick % Math.max(script.commands.length, 1)];
			const word = command?.args[pick % Math.max(command.args.length, 1)];
			const edit = command && word && removeWord(command, word);
			if (edit === undefined || word === undefined) {
				return;
			}
			const after = scriptIn(applyEdits(script.dockerfile, [edit]));
			const blanks = /[ \t]+/g;
			const wanted = `${script.text.slice(0, word.start)} ${script.text.slice(word.end)}`;
			t.is(after.text.replaceAll(blanks, ' ').trim(), wanted.replaceAll(blanks, ' ').trim());
			removed += 1;
		}),
	);
	t.true(removed > 10);
});

// --- bad input ---

test('hostile scripts have no commands, and cost no time', t => {
	const hostile: Readonly<Record<string, string>> = {
		substitutions: `echo ${'$('.repeat(10_000)}`,
		closed: `echo ${'$('.repeat(200)}x${')'.repeat(200)}`,
		quote: 'echo "never closed',
		heredocs: 'a <<'.repeat(10_000),
		subshells: '('.repeat(30_000),
		backquotes: '`'.repeat(30_001),
		cases: 'case x in '.repeat(5000),
	};
	for (const [name, code] of Object.entries(hostile)) {
		const start = performance.now();
		const {tree, commands} = scriptIn(`FROM a\nRUN <<EOF\n${code.slice(0, 60_000)}\nEOF\n`);

		t.is(tree, undefined, name);
		t.deepEqual(commands, [], name);
		t.true(performance.now() - start < 1000, name);
	}
});

test('long and nested scripts are read in bounded time', t => {
	const line = 'sudo env nice sh -c "x $(y)" && a=$((1+2)) \\\n';
	const texts = [
		`FROM a\nRUN ${line.repeat(20_000)} z\n`,
		`FROM a\nRUN ${line.repeat(2000)} z\n`,
		`FROM a\nRUN ${'sudo '.repeat(10_000)}\n`,
		`FROM a\nRUN ${'a && '.repeat(10_000)} z\n`,
		`FROM a\nRUN echo $((${'1+'.repeat(30_000)}1))\n`,
		`FROM a\nRUN [[ ${'x && '.repeat(10_000)}y ]]\n`,
		`FROM a\nRUN ${'find . -exec '.repeat(5000)} x\n`,
		`FROM a\nRUN sh -c -${'c'.repeat(60_000)}! x\n`,
		`FROM a\n${'RUN x $(y "$(z)")\n'.repeat(10_000)}`,
	];
	for (const text of texts) {
		let places = 0;
		const start = performance.now();
		for (const script of scriptsIn(text)) {
			for (const command of script.commands) {
				places += command.line + (command.span?.end ?? 0);
			}
		}
		t.true(performance.now() - start < 6000, `${places} ${text.slice(0, 60)}`);
	}
});

test('no text makes reading throw', t => {
	const pieces = fc.constantFrom(
		...[
			'$(',
			')',
			'`',
			'"',
			"'",
			'<<E',
			'\nE\n',
			'\\',
			' ',
			'x',
			';',
			'&&',
			'|',
			'{',
			'}',
			'((',
			'))',
			'if ',
			'fi',
		],
		...[
			'case ',
			'esac',
			'[[ ',
			' ]]',
			'$',
			'${',
			'#',
			'!',
			'&',
			'>',
			'sh -c ',
			'sudo ',
			'é',
			'\r',
			'\n',
			'~',
			'*(',
		],
	);
	let read = 0;
	fc.assert(
		fc.property(fc.array(pieces, {maxLength: 40}), parts => {
			try {
				for (const script of scriptsIn(`FROM a\nRUN ${parts.join('')}\n`)) {
					for (const {span, line, args} of script.commands) {
						t.true(line > 0 && (span === undefined || span.end >= span.start));
						read += args.filter(word => word.span === undefined || word.line > 0).length;
					}
				}
			} catch (error) {
				// What BuildKit refuses is no script.
				t.true(error instanceof ParseError, String(error));
			}
		}),
		{numRuns: 1000},
	);
	t.true(read > 0);
});
