import test from 'ava';
import {applyEdits} from '../../frontend/dockerfile/edit.ts';
import {parseDockerfile} from '../../frontend/dockerfile/parse.ts';
import {neededStages, stageOf} from '../../frontend/dockerfile/stages.ts';
import {type Family, familiesOf} from '../../frontend/rules/base-family.ts';
import {withoutCommand} from '../../frontend/rules/ran.ts';
import {subjectOf} from '../../frontend/rules/subject.ts';
import {type Grammar, readArgs, withoutOption} from '../../frontend/shell/getopt.ts';
import {mentionsIn} from '../../frontend/shell/mention.ts';
import {linesOf} from '../../frontend/shell/nodes.ts';
import {groupsBefore, pipesOf} from '../../frontend/shell/pipes.ts';
import type {Script} from '../../frontend/shell/script.ts';
import {scriptsOf} from '../../frontend/shell/scripts.ts';
import {examplesOfRules, realDockerfiles, strangeDockerfiles} from '../helpers/dockerfiles.ts';

function run(code: string): Script {
	const dockerfile = parseDockerfile(new TextEncoder().encode(`FROM a\nRUN ${code}\n`));
	const [script] = scriptsOf(dockerfile, dockerfile.stages);
	if (script === undefined) {
		throw new Error('The Dockerfile has no script');
	}
	return script;
}

test('a pipe is told with all of its parts, and what each of them starts', t => {
	const cases: readonly (readonly [string, readonly (readonly (readonly string[])[])[]])[] = [
		['a', []],
		['a && b; c', []],
		['a | b', [[['a'], ['b']]]],
		[
			'a; b | c | d && e | f',
			[
				[['b'], ['c'], ['d']],
				[['e'], ['f']],
			],
		],
		['a | sudo -E env X=1 b', [[['a'], ['sudo', 'env', 'b']]]],
		['! a | b', [[['a'], ['b']]]],
		[
			'a | while read x; do b | c; done',
			[
				[['a'], []],
				[['b'], ['c']],
			],
		],
		['x; (a; b) | c', [[[], ['c']]]],
		[
			'a "$(b | c)" | d',
			[
				[['a'], ['d']],
				[['b'], ['c']],
			],
		],
		['sh -c "a | b"', [[['a'], ['b']]]],
		['a |& b', [[['a'], ['b']]]],
	];

	for (const [code, expected] of cases) {
		const pipes = pipesOf(run(code).commands).map(pipe => pipe.map(part => part.map(({name}) => name)));
		t.deepEqual(pipes, expected, code);
	}
});

test('what a group sends down a pipe is told by the command that reads it', t => {
	const cases: readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[] = [
		['a | b', []],
		['(a || b) | c', [['c', ['a', 'b']]]],
		['x; { a; (b; d); } | c | e', [['c', ['a', 'b', 'd']]]],
		['(x); for i in 1; do a "$(b)"; done | c', [['c', ['a', 'b']]]],
		['x && (a)', []],
	];

	for (const [code, expected] of cases) {
		const groups = [...groupsBefore(run(code).commands)];
		t.deepEqual(
			groups.map(([{name}, inside]) => [name, inside.map(each => each.name)]),
			expected,
			code,
		);
	}
});

test('code that a shell is started with knows that shell’s options', t => {
	const nested = run(`bash -euo pipefail -c 'a'`).commands.find(({name}) => name === 'a');

	t.deepEqual(nested?.script.shell, ['bash', '-euo', 'pipefail', '-c']);
});

test('a command knows which command started it', t => {
	const {commands} = run('sudo env A=1 make');

	t.deepEqual(
		commands.map(({name, starter}) => [name, starter?.name]),
		[
			['sudo', undefined],
			['env', 'sudo'],
			['make', 'env'],
		],
	);
});

const CURL: Grammar = {short: 'oH', long: ['output']};

test('options are read as getopt reads them: letters in a bundle, values in it, behind it, and after =', t => {
	const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
		['-fsSL url', ['f', 's', 'S', 'L'], ['url']],
		['-fo file url', ['f', 'o=file'], ['url']],
		['-Lofile -k url', ['L', 'o=file', 'k'], ['url']],
		['-ok url', ['o=k'], ['url']],
		['--output file --silent url', ['output=file', 'silent'], ['url']],
		['--output=file url', ['output=file'], ['url']],
		['-H "A: b" -- -k', ['H=A: b'], ['-k']],
		['-o', ['o'], []],
		['- url', [], ['-', 'url']],
		['-o "$F" $U', ['o=$F'], ['$U']],
	];

	for (const [code, options, operands] of cases) {
		const [command] = run(`curl ${code}`).commands;
		const given = readArgs({args: command?.args ?? []}, CURL);
		t.deepEqual(
			given.options.map(({name, value}) => (value === undefined ? name : `${name}=${value}`)),
			options,
			code,
		);
		t.deepEqual(
			given.operands.map(({unquoted}) => unquoted),
			operands,
			code,
		);
	}
});

test('an option is taken out with its word, or as one letter of many', t => {
	const cases: readonly (readonly [string, string])[] = [
		['curl -k a', 'curl a'],
		['curl -fsSLk a', 'curl -fsSL a'],
		['curl -kfo b a', 'curl -fo b a'],
		['curl a --insecure', 'curl a'],
	];

	for (const [code, expected] of cases) {
		const script = run(code);
		const [command] = script.commands;
		const option =
			command && readArgs(command, CURL).options.find(({name}) => name === 'k' || name === 'insecure');
		const edit = command && option && withoutOption(command, option);
		const bytes = applyEdits(script.dockerfile, edit === undefined ? [] : [edit]);
		t.is(new TextDecoder().decode(bytes), `FROM a\nRUN ${expected}\n`);
	}
});

test('the lines of a kind of node are found in lists, groups and substitutions', t => {
	const script = run('[[ a ]] && \\\n  (b; [[ c ]]) && \\\n  echo "$([[ d ]])" "[[ e ]]"');

	t.deepEqual(linesOf(script, 'TestCommand'), [2, 3, 4]);
});

test('a command is taken out of its list, and a RUN with its only one', t => {
	const cases: readonly (readonly [string, string | undefined])[] = [
		['a && x', 'FROM a\nRUN a\n'],
		['x', 'FROM a\n'],
		['x || a', undefined],
		['sudo x', undefined],
		['(x)', undefined],
	];

	for (const [code, expected] of cases) {
		const script = run(code);
		const command = script.commands.find(({name}) => name === 'x');
		const edit = command && withoutCommand(command);
		const text = edit && new TextDecoder().decode(applyEdits(script.dockerfile, [edit], undefined, 'free'));
		t.is(text, expected, code);
	}
});

test('a base’s name tells its family, or nothing', t => {
	const cases: readonly (readonly [string, Family | undefined])[] = [
		['debian', 'debian'],
		['docker.io/library/ubuntu:24.04', 'debian'],
		['node:22', 'debian'],
		['node:22-alpine3.20', 'alpine'],
		['python:3.12-slim@sha256:0000000000000000000000000000000000000000000000000000000000000000', 'debian'],
		['postgres:16-bookworm', 'debian'],
		['postgres:16', undefined],
		['python:3.12-windowsservercore', undefined],
		['alpine:3.20', 'alpine'],
		['registry.example.com/team/alpine:1', undefined],
		['registry.example.com:5000/debian', undefined],
		['fedora:40', 'redhat'],
		['registry.access.redhat.com/ubi9:latest', 'redhat'],
		['scratch', 'scratch'],
		['gcr.io/distroless/static-debian12:nonroot', 'distroless'],
		['gcr.io/distroless/static-debian12:debug', undefined],
		['example/app:1', undefined],
		['$BASE', undefined],
	];

	for (const [base, expected] of cases) {
		const dockerfile = parseDockerfile(new TextEncoder().encode(`FROM ${base} AS one\nFROM one\nRUN a\n`));
		const target = stageOf(dockerfile, undefined);
		const subject = subjectOf({
			file: 'Dockerfile',
			dockerfile,
			target,
			needed: neededStages(dockerfile, target, new Map()),
			buildArgs: new Map(),
			images: new Map(),
			plan: undefined,
			requestedWaivers: [],
		});
		t.is(familiesOf(subject).get(target), expected, base);
	}
});

test('code that has a command is found by its name, however the name is written, and code without it is mostly not parsed', t => {
	const samples = [...(realDockerfiles() ?? []), ...strangeDockerfiles(), ...examplesOfRules()];
	let names = 0;
	let asked = 0;
	for (const {bytes} of samples) {
		const scripts = scriptsIn(bytes);
		const mentions = mentionsIn(scripts);
		for (const script of scripts) {
			for (const {name} of script.commands.filter(command => command.name !== '')) {
				names += 1;
				t.true(mentions(name).includes(script), `${name} in ${JSON.stringify(script.text)}`);
			}
		}

		asked += mentions('git').length;
	}

	t.true(names > 1000);
	t.log(`${names} names; ${asked} scripts of ${samples.length} files may have a git`);
	for (const code of [
		'g"i"t pull',
		"'git' pull",
		'g\\it pull',
		'/usr/bin/git pull',
		'sudo git pull',
		'sh -c "g\\"i\\"t"',
	]) {
		t.is(mentionsIn([run(code)])('git').length, 1, code);
	}

	t.is(mentionsIn([run('echo digit')])('git').length, 0);
	t.is(mentionsIn([run('[ -f a ]')])('[').length, 1);
});

function scriptsIn(bytes: Uint8Array): readonly Script[] {
	try {
		const dockerfile = parseDockerfile(bytes);
		return scriptsOf(dockerfile, dockerfile.stages);
	} catch {
		return [];
	}
}
