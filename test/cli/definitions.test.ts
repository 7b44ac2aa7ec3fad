import test from 'ava';
import {bakeDefinition} from '../../cli/bake.ts';
import type {Definition} from '../../cli/builds.ts';
import {composeDefinition} from '../../cli/compose.ts';
import {openCompose} from '../../cli/compose-document.ts';
import {interpolate, settingsIn} from '../../cli/compose-variables.ts';

type Env = Readonly<Record<string, string>>;

const composed = (texts: string | readonly string[], env: Env = {}): Definition =>
	composeDefinition(
		[texts]
			.flat()
			.map((text, index) => openCompose(index === 0 ? 'compose.yaml' : `more${index}.yaml`, text)),
		env,
	);
const baked = (text: string, env: Env = {}, file = 'docker-bake.hcl'): Definition =>
	bakeDefinition([{file, text}], env);

/** What is built, in few words. */
function told({builds}: Definition): readonly unknown[] {
	return builds.map(({name, file, target, context, contexts, buildArgs, inline}) => ({
		name,
		file,
		context,
		...(target === undefined ? {} : {target}),
		...(contexts.size === 0 ? {} : {contexts: [...contexts]}),
		...(buildArgs.size === 0 ? {} : {args: Object.fromEntries(buildArgs)}),
		...(inline === undefined ? {} : {text: new TextDecoder().decode(inline.bytes), after: inline.lineOffset}),
	}));
}

function messages({asides}: Definition): readonly string[] {
	return asides.map(({file, line, message}) => `${file}:${line}: ${message}`);
}

test('every service with a build is a build, with what Compose would give it', t => {
	const definition = composed(
		`x-build: &shared
  context: ./app
  args: {LEVEL: "\${LEVEL:-debug}"}
services:
  db: {image: postgres}
  web:
    build: {<<: *shared, target: run, additional_contexts: [src=./src]}
  job:
    build:
      context: .
      dockerfile: docker/job.Dockerfile
      args:
        - TOKEN
        - MODE=\${MODE}
  short:
    build: short
`,
		{TOKEN: 't', MODE: 'm'},
	);

	t.deepEqual(told(definition), [
		{
			name: 'web in compose.yaml',
			file: 'app/Dockerfile',
			context: 'app',
			target: 'run',
			contexts: ['src'],
			args: {LEVEL: 'debug'},
		},
		{
			name: 'job in compose.yaml',
			file: 'docker/job.Dockerfile',
			context: '.',
			args: {TOKEN: 't', MODE: 'm'},
		},
		{name: 'short in compose.yaml', file: 'short/Dockerfile', context: 'short'},
	]);
	t.deepEqual(definition.asides, []);
});

test('a Dockerfile that is written in a Compose file keeps its lines there', t => {
	const definition = composed(`services:
  a:
    build:
      dockerfile_inline: |
        FROM scratch
        RUN echo $$HOME
`);

	t.deepEqual(told(definition), [
		{
			name: 'a in compose.yaml',
			file: 'compose.yaml',
			context: '.',
			text: 'FROM scratch\nRUN echo $HOME\n',
			after: 4,
		},
	]);
});

test('several Compose files are one, later ones over earlier ones, and services extend others', t => {
	const definition = composed([
		'services: {a: {build: {context: ., args: {X: "1", Y: "1"}}}}',
		'services: {a: {build: {args: [Y=2]}}, b: {extends: {service: a}, build: {target: t}}}',
	]);

	t.deepEqual(told(definition), [
		{name: 'a in more1.yaml', file: 'Dockerfile', context: '.', args: {X: '1', Y: '2'}},
		{name: 'b in more1.yaml', file: 'Dockerfile', context: '.', target: 't', args: {X: '1', Y: '2'}},
	]);
});

test('what a Compose file leaves to others is said with its line, and never taken for judged', t => {
	const definition = composed(`include: [other.yaml]
services:
  far: {build: "https://example.com/repo.git#main"}
  parent: {extends: {file: base.yaml, service: x}}
  must: {build: {context: ., target: "\${STAGE:?say which}"}}
  empty: {build: {context: ., args: {A: "\${NOT_SET}"}}}
`);

	t.deepEqual(told(definition), [
		{name: 'empty in compose.yaml', file: 'Dockerfile', context: '.', args: {A: ''}},
	]);
	t.deepEqual(
		messages(definition).map(text => text.replace(/^(compose\.yaml:\d+: \w+).*/, '$1')),
		[
			'compose.yaml:1: the',
			'compose.yaml:3: far',
			'compose.yaml:4: parent',
			'compose.yaml:5: must',
			'compose.yaml:6: empty',
		],
	);
});

const variables: readonly (readonly [string, string | undefined, readonly string[]])[] = [
	['a$A-$$A', 'a1-$A', []],
	['${A}${E}${N}', '1', ['N']],
	['${N:-d}${E:-d}${E-d}${N-d}', 'ddd', []],
	['${N:-${A}}${A:-${M}}', '11', []],
	['${N:-${M}}', '', ['M']],
	['${A:+y}${E:+y}${E+y}${N+y}', 'yy', []],
	['${A?no}', '1', []],
	['${N?no}', undefined, []],
	['${E:?no}', undefined, []],
	['$', '$', []],
	['${', '', []],
	['${A', '1', []],
	['$1', '$1', []],
];

for (const [text, expected, unset] of variables) {
	test(`Compose puts variables in: ${text}`, t => {
		t.deepEqual(interpolate(text, {A: '1', E: ''}), {text: expected, unset});
	});
}

test('a .env file is settings, one a line', t => {
	t.deepEqual(settingsIn('\uFEFFA=1\r\n# no\nexport B = "x # y" # z\nC=\'$D\'\nE=a #b\nF="open\nG\n'), {
		A: '1',
		B: 'x # y',
		C: '$D',
		E: 'a',
	});
});

test('every target of a Bake file is a build, but those that only lend their settings', t => {
	const definition = baked(
		`# a comment
variable "TAG" { default = "1" }
variable "FULL" { default = "v\${TAG}" }
group "default" { targets = ["web", "job"] }
target "_base" {
  context = "app" /* here */
  args = { TAG = TAG, FULL = FULL, NONE = null, N = 3 }
}
target "web" {
  inherits = ["_base"]
  target = "run"
  args = { N = 4 }
  contexts = { src = "target:job" }
  platforms = ["linux/amd64",
    "linux/arm64"]
}
target "job" {
  dockerfile-inline = <<-EOT
    FROM scratch
    LABEL a="$\${b}"
  EOT
}
`,
		{TAG: '2', NONE: 'x'},
	);

	t.deepEqual(told(definition), [
		{
			name: 'web in docker-bake.hcl',
			file: 'app/Dockerfile',
			context: 'app',
			target: 'run',
			contexts: ['src'],
			args: {TAG: '2', FULL: 'v2', N: '4'},
		},
		{
			name: 'job in docker-bake.hcl',
			file: 'docker-bake.hcl',
			context: '.',
			text: 'FROM scratch\nLABEL a="${b}"\n',
			after: 18,
		},
	]);
	t.deepEqual(definition.asides, []);
});

test('what only Bake evaluates is said and never guessed', t => {
	const definition = baked(`variable "V" { default = upper("a") }
target "a" { args = { A = V, B = "\${lower("X")}", C = "c", D = V == "x" ? "1" : "2" } }
target "b" { dockerfile = format("%s", "x") }
target "c" { args = merge({A = 1}, {}) }
target "m" {
  name = "m-\${x}"
  matrix = { x = ["1", "2"] }
  target = x
}
`);

	t.deepEqual(told(definition), [
		{name: 'a in docker-bake.hcl', file: 'Dockerfile', context: '.', args: {C: 'c'}},
		{name: 'c in docker-bake.hcl', file: 'Dockerfile', context: '.'},
	]);
	t.deepEqual(messages(definition), [
		'docker-bake.hcl:2: a is judged without A, B, D: only Bake evaluates what it is',
		'docker-bake.hcl:3: b is not judged: its dockerfile is an expression that only Bake evaluates',
		'docker-bake.hcl:4: the args of c are an expression that only Bake evaluates: they count as not given',
		'docker-bake.hcl:8: m is not judged: its target is an expression that only Bake evaluates',
	]);
});

test('a Bake file may be JSON', t => {
	const text = JSON.stringify({
		variable: {TAG: {default: '1'}},
		target: {a: {context: 'x', args: {T: 'v${TAG}', U: true}}, b: {inherits: ['a'], dockerfile: 'D'}},
		group: {default: {targets: ['b']}},
	});

	t.deepEqual(told(baked(text, {}, 'docker-bake.json')), [
		{name: 'b in docker-bake.json', file: 'x/D', context: 'x', args: {T: 'v1', U: 'true'}},
	]);
});

test('targets that inherit from each other end', t => {
	const many = Array.from(
		{length: 200},
		(_, index) => `target "t${index}" { inherits = ["t${index + 1}", "t${index + 1}"] }`,
	);

	t.is(
		baked('target "a" { inherits = ["b"] }\ntarget "b" { inherits = ["a"] }\ngroup "g" { targets = ["a"] }')
			.builds.length,
		1,
	);
	t.is(baked(many.join('\n')).builds.length, 1);
});

const deep = 100_000;
const hostile: Readonly<Record<string, {readonly read: () => unknown; readonly says: RegExp}>> = {
	'HCL without an end': {
		read: () => baked('target "a" {\n'),
		says: /^docker-bake\.hcl:1: the block that begins here does not end$/,
	},
	'an open string': {
		read: () => baked('a = "x\n'),
		says: /:1: a string begins here and does not end on its line/,
	},
	'deep lists': {read: () => baked(`a = ${'['.repeat(deep)}`), says: /nested more than 32 deep/},
	'deep blocks': {read: () => baked('a {\n'.repeat(deep)), says: /:\d+: /},
	'deep templates': {read: () => baked(`a = "${'${"'.repeat(deep)}`), says: /nested more than 16 deep/},
	'an open heredoc': {
		read: () => baked('a = <<X\n'.repeat(1000)),
		says: /:1: the text that begins here has no line "X"/,
	},
	'JSON that is none': {
		read: () => baked('{', {}, 'docker-bake.json'),
		says: /^docker-bake\.json: this is not JSON: /,
	},
	'deep JSON': {
		read: () => baked(`{"target":{"a":{"args":${'['.repeat(1000)}${']'.repeat(1000)}}}}`, {}, 'b.json'),
		says: /nested more than 32 deep/,
	},
	'YAML that is none': {read: () => composed('a: [\n'), says: /^compose\.yaml:\d+:\d+: this is not YAML: /},
	'keys twice': {
		read: () => composed('a: 1\na: 2\n'),
		says: /^compose\.yaml:2:1: this is not YAML: Map keys must be unique/,
	},
	'deep YAML': {read: () => composed('['.repeat(deep)), says: /nested more than 64 deep/},
	'deep dashes': {read: () => composed('- '.repeat(deep)), says: /nested more than 64 deep/},
	'an alias inside itself': {
		read: () => composed('a: &a [*a]\nb: *c\n'),
		says: /its aliases cannot be followed/,
	},
	'aliases that multiply': {
		read: () =>
			composed(
				[
					'k0: &k0 [x]',
					...Array.from({length: 30}, (_, index) => `k${index + 1}: &k${index + 1} [*k${index}, *k${index}]`),
				].join('\n'),
			),
		says: /its aliases cannot be followed/,
	},
};

for (const [name, {read, says}] of Object.entries(hostile)) {
	test(`bad input is one sentence, at once: ${name}`, t => {
		const begin = performance.now();

		const error = t.throws(() => read());

		t.regex(error?.message ?? '', says);
		t.notRegex(error?.message ?? '', /\n/);
		t.true(performance.now() - begin < 2000);
	});
}
