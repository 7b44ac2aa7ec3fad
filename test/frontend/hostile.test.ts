import {spawn} from 'node:child_process';
import {text as textOf} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {FrontendError} from '../../frontend/error.ts';
import {readProject} from '../../frontend/read-project.ts';
import {PolicyError} from '../../policies/error.ts';
import {parseBundle} from '../../policies/parse-bundle.ts';
import {baselineOf} from '../helpers/bundle.ts';
import {examplesOfRules, realDockerfiles, strangeDockerfiles} from '../helpers/dockerfiles.ts';
import {bundleOf, look, notOneSentence} from '../helpers/look.ts';
import {mutate, randomFrom} from '../helpers/mutate.ts';

// What enemies write. Refused with one clear sentence or judged, in bounded time and memory; nothing breaks.

/** How long each of the two fuzzers runs. The nightly run gives them more. */
const FUZZ_SECONDS = Number(process.env['SALLYPORT_FUZZ_SECONDS'] ?? 10);
/** Of processor time, for any one file of at most a megabyte. Quadratic work on these files takes minutes. */
const MOST_MS = 20_000;
/** For the heap of a process that judges them all: every RUN of 100,000 keeps some kilobytes of shell. */
const HEAP_MIB = 1024;

const everything = bundleOf(baselineOf());

// --- files, in a process of their own ---

interface Measured {
	readonly name: string;
	readonly size: number;
	readonly ms: number;
	readonly refusal?: string;
	readonly findings: number;
	readonly wrong: readonly string[];
}

async function measured(t: ExecutionContext, what: 'files' | 'pages'): Promise<readonly Measured[]> {
	const file = fileURLToPath(new URL('../helpers/hostile-child.ts', import.meta.url));
	const args = [`--max-old-space-size=${HEAP_MIB}`, file, what];
	const child = spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'pipe'], timeout: 280_000});
	const [told, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
	const lines = told.split('\n').filter(line => line.endsWith('}'));
	const done: Measured[] = [];
	let last = 'the start';
	for (const line of lines) {
		const each = JSON.parse(line);
		last = each.name;
		if ('wrong' in each) {
			done.push(each);
		}
	}
	t.is(last, 'end', `the process ended at: ${last} ${errors.slice(0, 500)}`);
	return done;
}

test('bad Dockerfiles are refused with one sentence or judged, in bounded time and memory', async t => {
	const all = await measured(t, 'files');

	t.true(all.length > 200, `${all.length} files`);
	for (const {name, ms, wrong, size} of all) {
		t.deepEqual(wrong, [], name);
		t.true(ms < MOST_MS, `${name}: ${Math.round(ms)} ms for ${size} bytes`);
	}
	t.log(slowestOf(all));
});

test('what each rule looks for, by the thousand, keeps that rule busy for a moment only', async t => {
	const all = await measured(t, 'pages');

	t.true(all.some(({findings}) => findings > 0));
	for (const {name, ms, wrong, size} of all) {
		t.deepEqual(wrong, [], name);
		t.true(ms < MOST_MS, `${name}: ${Math.round(ms)} ms for ${size} bytes`);
	}
	t.log(slowestOf(all));
});

function slowestOf(all: readonly Measured[]): string {
	const [slowest] = all.toSorted((a, b) => b.ms - a.ms);
	return `${all.length} files; the slowest is "${slowest?.name}": ${Math.round(slowest?.ms ?? 0)} ms for ${slowest?.size} bytes`;
}

const refusals: readonly (readonly [name: string, bytes: Uint8Array | string, sentence: RegExp])[] = [
	['nothing', '', /has no instructions; begin with FROM/],
	['10 MB', new Uint8Array(10_000_000), /10000000 bytes, and more than 1048576 are not read/],
	[
		'UTF-16',
		Buffer.from('\ufeffFROM a\n', 'utf16le'),
		/^Dockerfile:1: Line 1 begins with NUL bytes.*save the file as UTF-8/,
	],
	['a heredoc without an end', 'FROM a\nRUN <<E\nx\n', /^Dockerfile:2: .*never closed.*"E"/],
	['an unknown target', 'ARG a\n', /no FROM/],
];

for (const [name, bytes, sentence] of refusals) {
	test(`one clear sentence: ${name}`, t => {
		const {refusal = '', wrong} = look(Buffer.from(bytes), everything);

		t.regex(refusal, sentence);
		t.deepEqual(wrong, []);
	});
}

const growing: Readonly<Record<string, (count: number) => string>> = {
	instructions: count =>
		'RUN apt-get install -y x && rm -rf /y\nENV a=b\nCOPY c /d\nWORKDIR e\n'.repeat(count / 4),
	'one instruction': count => `RUN a${' && b --c=d \\\n'.repeat(count)}\n`,
	'a heredoc': count => `RUN <<E\n${'apt-get install x\n'.repeat(count)}E\n`,
	stages: count =>
		Array.from({length: count / 4}, (_, index) => `FROM a AS s${index}\nCOPY --from=s0 / /\n`).join(''),
	'arguments and uses': count =>
		Array.from({length: count / 4}, (_, index) => `ARG a${index}=b\nENV c${index}=$a${index}\n`).join(''),
	comments: count => '# a comment\n'.repeat(count),
};

for (const [name, make] of Object.entries(growing)) {
	test(`twice as much takes about twice the time: ${name}`, t => {
		const small = fastest(make(2000));
		const large = fastest(make(4000));

		// Generous: the clock of a busy machine is rough. Quadratic work takes four times as long.
		t.true(large < small * 3.3 + 60, `${Math.round(small)} ms, then ${Math.round(large)} ms`);
	});
}

function fastest(text: string): number {
	const bytes = Buffer.from(`FROM a AS s0\n${text}`);
	const times = [1, 2, 3].map(() => {
		const from = process.cpuUsage();
		look(bytes, everything);
		const {user, system} = process.cpuUsage(from);
		return (user + system) / 1000;
	});
	return Math.min(...times);
}

// --- YAML ---

const anchors = Array.from(
	{length: 30},
	(_, index) => `a${index + 1}: &a${index + 1} [*a${index},*a${index}]\n`,
);

const hostileYaml: Readonly<Record<string, string>> = {
	'aliases that multiply': `a0: &a0 [x,x]\n${anchors.join('')}`,
	'an alias of itself': 'policy: &a [*a]\n',
	'a key twice': 'policy: baseline\npolicy: soc2\n',
	'a key twice, below': 'rules: {a: {fix: auto}, a: {fix: never}}\n',
	'an unknown key': 'polcy: baseline\n',
	'a key of the prototype': '__proto__: {policy: x}\n',
	'a rule that nobody knows': 'rules: {no-such-rule: {enforcement: error}}\n',
	'a rule of the prototype': 'rules: {constructor: {enforcement: error}, toString: {}}\n',
	'10 MB': 'a: b\n'.repeat(2_500_000),
	'brackets in brackets': `policy: ${'['.repeat(30_000)}\n`,
	'mappings in mappings': `${'{a: '.repeat(15_000)}\n`,
	'dashes in dashes': `${'- '.repeat(30_000)}x\n`,
	'question marks': `${'? '.repeat(30_000)}x\n`,
	'blocks in blocks': Array.from({length: 300}, (_, index) => `${' '.repeat(index)}a:\n`).join(''),
	'a hundred thousand keys': Array.from({length: 9000}, (_, index) => `a${index}: b\n`).join(''),
	tags: 'policy: !!js/function "x"\n',
	'a tag of its own': 'policy: !x y\n',
	'two documents': 'policy: baseline\n---\npolicy: soc2\n',
	'no mapping': '- a\n- b\n',
	'a number': '42\n',
	tabs: 'policy:\n\t- x\n',
	'NUL bytes': 'policy: "\0"\n\0',
	'an open quote': `policy: "${'x'.repeat(50_000)}\n`,
	'long lines': `policy: ${'x'.repeat(60_000)}\n`,
	'long keys': `${'x'.repeat(60_000)}: y\n`,
	'merge keys': 'a: &a {policy: x}\n<<: *a\n',
	'numbers out of range': 'facts: {port: 1e999}\n',
	'terminal escapes': 'policy: "\\e[2J"\n"\\e]0;x\\a": 1\n',
	'a list of everything': `waivers: [${'{control: x, reason: y},'.repeat(2000)}]\n`,
};

const doors: Readonly<Record<string, (text: string) => unknown>> = {
	'.sallyport.yaml': text => readProject(text, '.sallyport.yaml'),
	bundle: text => parseBundle(text, 'bundle.yaml'),
	'rules of a bundle': text =>
		parseBundle(
			`apiVersion: sallyport.dev/v1\nkind: PolicyBundle\nmetadata: {name: a, version: "1"}\nspec:\n  rules:\n${text.replaceAll(/^/gm, '    ')}`,
			'bundle.yaml',
		),
};

/** What may be said, and means nothing. */
const readable = new Set(['long lines', 'tags']);

for (const [door, read] of Object.entries(doors)) {
	test(`hostile YAML is refused with one sentence, or read, within two seconds: ${door}`, t => {
		for (const [name, text] of Object.entries(hostileYaml)) {
			const from = process.cpuUsage();
			const message = refusalOf(() => read(text));
			const {user, system} = process.cpuUsage(from);

			t.deepEqual(message === undefined ? [] : notOneSentence(message), [], name);
			t.true((user + system) / 1000 < 2000, `${name}: ${(user + system) / 1000} ms`);
			t.true(message !== undefined || readable.has(name), `${name} is read without a word`);
		}
	});
}

function refusalOf(read: () => unknown): string | undefined {
	try {
		read();
		return undefined;
	} catch (error) {
		if (error instanceof FrontendError || error instanceof PolicyError) {
			return error.message;
		}
		throw error;
	}
}

// --- fuzzing ---

const real = realDockerfiles();
const sources = [...(real ?? []), ...strangeDockerfiles(), ...examplesOfRules()].map(({bytes}) => bytes);

const until = {
	numRuns: 100_000_000,
	interruptAfterTimeLimit: FUZZ_SECONDS * 1000,
	markInterruptAsFailure: false,
	endOnFailure: true,
};

test('changed real files break nothing: no rule, no place, no repair', t => {
	t.timeout((FUZZ_SECONDS + 120) * 1000);
	if (real === undefined) {
		t.log('the corpus of real Dockerfiles is not on this machine: examples and fixtures are changed');
	}
	let looked = 0;

	fc.assert(
		fc.property(fc.nat(), seed => {
			looked += 1;
			return holds(mutate(sources, randomFrom(seed)));
		}),
		until,
	);

	t.true(looked > 20);
	t.log(`${looked} files`);
});

const snippets = [...new Set(sources.flatMap(bytes => Buffer.from(bytes).toString('latin1').split('\n')))];

test('lines of all of them in any order, with anything between, break nothing', t => {
	t.timeout((FUZZ_SECONDS + 120) * 1000);
	const line = fc.oneof(
		{arbitrary: fc.constantFrom(...snippets), weight: 6},
		{arbitrary: fc.string({unit: 'binary', maxLength: 20}), weight: 1},
		{
			arbitrary: fc.constantFrom('FROM a', 'FROM a AS b', 'FROM b', 'ARG a=b', '# escape=`', 'USER root', ''),
			weight: 2,
		},
	);
	let looked = 0;

	fc.assert(
		fc.property(fc.array(line, {maxLength: 25}), fc.constantFrom('\n', '\r\n', '\\\n'), (lines, end) => {
			looked += 1;
			return holds(Buffer.from(`FROM a\n${lines.join(end)}`, 'latin1'));
		}),
		until,
	);

	t.true(looked > 20);
	t.log(`${looked} files`);
});

function holds(bytes: Uint8Array): boolean {
	const {wrong} = look(bytes, everything);
	if (wrong.length > 0) {
		throw new Error(`${wrong.join('\n')}\n${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`);
	}
	return true;
}
