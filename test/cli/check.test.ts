import {spawnSync} from 'node:child_process';
import {chmodSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {textTeller} from '../../cli/format-text.ts';
import {emptyReport} from '../../cli/told.ts';
import {ignorePattern, isIgnored} from '../../frontend/rules/ignore-pattern.ts';
import {folderWith, typed} from '../helpers/typed.ts';

const CLEAN = 'FROM scratch\nUSER 65532\nCOPY server /server\nCMD ["/server"]\n';
const TOKEN = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';
const LEAKY = `FROM scratch\nENV A=${TOKEN}\n`;
const BROKEN = 'FROM scratch\nNONSENSE x\n';

interface Document {
	readonly exitCode: number;
	readonly summary: Readonly<Record<string, number>>;
	readonly files: readonly {
		readonly file: string;
		readonly builds: readonly string[];
		readonly outcome: string;
		readonly findings: readonly {
			readonly rule: string;
			readonly result: string;
			readonly builds: readonly string[];
			readonly place: {readonly file: string; readonly line: number};
		}[];
		readonly asides: readonly {readonly message: string; readonly line: number}[];
		readonly problems: readonly {readonly message: string; readonly line?: number; readonly rule?: string}[];
	}[];
}

async function judged(args: readonly string[], stdin = ''): Promise<Document> {
	return JSON.parse((await typed(['check', '--format', 'json', ...args], {stdin})).out) as Document;
}

test('one bad file is told in its place, stops no other, and ends with 2', async t => {
	const path = folderWith(t, {a: LEAKY, b: BROKEN, c: CLEAN});

	const {code, out, err} = await typed(['check', path('a'), path('b'), path('none'), path('c')]);
	const {files, exitCode, summary} = await judged([path('a'), path('b'), path('none'), path('c')]);

	t.is(code, 2);
	t.is(exitCode, 2);
	t.is(err, '');
	t.deepEqual(
		files.map(({file, outcome}) => [file, outcome]),
		[
			[path('a'), 'fail'],
			[path('b'), 'error'],
			[path('none'), 'error'],
			[path('c'), files[3]?.outcome],
		],
	);
	t.is(summary['problems'], 2);
	t.like(files[1]?.problems[0], {line: 2, rule: 'known-instructions'});
	t.regex(out, /b\n {2}✖ broken {2}known-instructions\n {6}\S*b:2: .*NONSENSE/);
	t.true(out.indexOf(path('a')) < out.indexOf(path('b')) && out.indexOf(path('b')) < out.indexOf(path('c')));
	t.regex(out, /2 files not judged in \d of 4 files\./);
	t.is((await typed(['check', path('a'), path('c')])).code, 1);
	t.is((await typed(['check', path('c'), path('c')])).code, 0);
});

test('a file with nothing to do takes one line', t => {
	const look = {isColored: false, width: 100};

	const teller = textTeller(look, false);
	const reports = [emptyReport('a'), {...emptyReport('b'), builds: ['web in compose.yaml']}];
	const text = reports.map(report => teller.tell(report)).join('') + teller.end(0);

	t.is(text, '✔ a\n✔ b  web in compose.yaml\n\nNothing to do in 2 files.\n');
});

test('a folder is searched for what is built, but not in other people’s code and not through links', async t => {
	const path = folderWith(t, {
		Dockerfile: CLEAN,
		'a/Dockerfile.dev': CLEAN,
		'a/web.Dockerfile': CLEAN,
		'b/Containerfile': CLEAN,
		'b/Dockerfile.dockerignore': '',
		'b/Dockerfiles.txt': '',
		'node_modules/x/Dockerfile': BROKEN,
		'.git/Dockerfile': BROKEN,
		'c/README.md': '',
	});
	symlinkSync(path('a'), path('link'));
	symlinkSync(path('.'), path('c/loop'));

	const {files} = await judged([path('.')]);
	const none = await typed(['check', path('c')]);

	t.deepEqual(
		files.map(({file}) => file.slice(path('').length + 1)),
		['Dockerfile', 'a/Dockerfile.dev', 'a/web.Dockerfile', 'b/Containerfile'],
	);
	t.is(none.code, 2);
	t.regex(none.err, /c holds no Dockerfile, Compose or Bake file; name one, or another folder\n$/);
});

test('a Compose file is judged service by service, and what several services share is told once', async t => {
	const path = folderWith(t, {
		'compose.yaml': `services:
  web: {build: {context: ., dockerfile: app/Dockerfile}}
  job: {build: {context: ., dockerfile: app/Dockerfile, args: {KEY: ${TOKEN}}}}
  inline:
    build:
      dockerfile_inline: |
        FROM scratch
        ENV A=${TOKEN}
`,
		'app/Dockerfile': 'FROM node:24\nARG KEY\nRUN true\n',
	});

	const {files} = await judged([path('.')]);
	const text = (await typed(['check', path('compose.yaml')])).out;

	t.deepEqual(
		files.map(({file}) => file.slice(path('').length + 1)),
		['app/Dockerfile', 'compose.yaml'],
		'the Dockerfile is judged as the services build it, and not by itself too',
	);
	const [app, inline] = files;
	const names = (services: string): readonly string[] =>
		services.split(' ').map(name => `${name} in ${path('compose.yaml')}`);
	t.deepEqual(app?.builds, names('web job'));
	const pins = app?.findings.filter(({rule}) => rule === 'pinned-base') ?? [];
	t.deepEqual(
		pins.map(({builds}) => builds),
		[names('web job')],
	);
	t.true(
		app?.findings.some(
			({builds, result}) => builds.length === 1 && builds[0] === names('job')[0] && result === 'fail',
		),
	);
	t.true(inline?.findings.some(({result, place}) => result === 'fail' && place.line === 8));
	t.false(text.includes(TOKEN));
});

test('a Dockerfile inside a Compose file that does not parse is shown where it stands there', async t => {
	const path = folderWith(t, {
		'compose.yaml':
			'services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM scratch\n        NONSENSE\n',
	});

	const {code, err} = await typed(['check', path('compose.yaml')]);

	t.is(code, 2);
	t.regex(err, /compose\.yaml:6: .*NONSENSE/);
});

test('what is named with -f is read as one, and a folder brings its override', async t => {
	const path = folderWith(t, {
		'compose.yaml': 'services: {a: {build: {context: ., target: "${STAGE}"}}}',
		'compose.override.yaml': 'services: {a: {build: {dockerfile: D}}}',
		'.env': 'STAGE=two\n',
		D: 'FROM scratch AS one\nFROM scratch AS two\nUSER 1\n',
		'docker-bake.json': '{"target": {"x": {"dockerfile": "D", "target": "one"}}}',
	});

	const {files} = await judged(['-f', path('compose.yaml'), '-f', path('compose.override.yaml')]);
	const all = await judged([path('.')]);

	t.deepEqual(
		files.map(({builds}) => builds),
		[[`a in ${path('compose.override.yaml')}`]],
	);
	t.deepEqual(
		all.files.map(({file, builds}) => [file, builds]),
		[[path('D'), [`a in ${path('compose.override.yaml')}`, `x in ${path('docker-bake.json')}`]]],
	);
});

test('standard input is a Dockerfile too', async t => {
	const {files} = await judged(['-'], LEAKY);

	t.deepEqual(
		files.map(({file, outcome}) => [file, outcome]),
		[['<stdin>', 'fail']],
	);
});

test('FORCE_COLOR asks for colours where there is no terminal, and NO_COLOR has the last word', async t => {
	const path = folderWith(t, {a: LEAKY});
	const isColored = async (env: Readonly<Record<string, string>>, isTTY = false): Promise<boolean> =>
		(await typed(['check', path('a')], {env, isTTY})).out.includes('\u001B[');

	t.true(await isColored({FORCE_COLOR: '1'}));
	t.false(await isColored({FORCE_COLOR: '0'}, true));
	t.false(await isColored({FORCE_COLOR: '1', NO_COLOR: '1'}));
	t.false(await isColored({TERM: 'dumb'}, true));
});

test('lines are as wide as the terminal', async t => {
	const path = folderWith(t, {a: LEAKY});

	const {out} = await typed(['check', '-v', path('a')], {columns: 60});
	const wide = out
		.split('\n')
		.filter(line => line.startsWith('      ') && line.length > 60 && line.trim().includes(' '));

	t.deepEqual(wide, []);
});

test('help names every option', async t => {
	const {out} = await typed(['check', '--help']);

	for (const option of [
		'-f, --file',
		'--format',
		'-v, --verbose',
		'--policy',
		'--project',
		'--target',
		'--context',
		'--build-arg',
		'--fix ',
		'--fix-opt-in',
		'--fix-only',
	]) {
		t.true(out.includes(`  ${option}`), option);
	}
});

test('as a program: 0, 1 or 2, from a checkout', t => {
	const path = folderWith(t, {a: CLEAN, b: LEAKY, c: BROKEN});
	const main = join(import.meta.dirname, '../../cli/sallyport.mjs');
	const status = (...args: readonly string[]): number | null =>
		spawnSync(process.execPath, [main, 'check', ...args], {
			encoding: 'utf8',
			input: LEAKY,
			env: {...process.env, XDG_CACHE_HOME: path('cache')},
		}).status;

	t.is(status(path('a')), 0);
	t.is(status(path('a'), path('b')), 1);
	t.is(status(path('a'), path('b'), path('c')), 2);
	t.is(status('-'), 1);
	t.is(status('--nonsense'), 2);
});

test('a folder that may not be read is one sentence', async t => {
	const path = folderWith(t, {a: CLEAN});
	mkdirSync(path('closed'));
	chmodSync(path('closed'), 0);
	writeFileSync(path('large.yaml'), 'x'.repeat(70_000));

	const closed = await typed(['check', path('closed')]);
	const large = await typed(['check', path('large.yaml')]);

	// Root may read everything.
	t.true(process.getuid?.() === 0 || /cannot be searched \(EACCES\)/.test(closed.err));
	t.is(large.code, 2);
	t.regex(large.err, /has 70000 bytes, and more than 65536 are not read\n$/);
});

const ignores: readonly (readonly [string, readonly string[], readonly string[]])[] = [
	['*.pem', ['a.pem'], ['b/a.pem', 'a.pem.txt']],
	['**/*.pem', ['a.pem', 'b/c/a.pem'], ['a.pe']],
	['**', ['a', 'b/c'], []],
	['a', ['a', 'a/b/c'], ['ab', 'b/a']],
	['a/**', ['a/b', 'a/b/c'], ['b']],
	['a/**/z', ['a/z', 'a/b/c/z', 'a/z/y'], ['az', 'a/bz/y']],
	['a?c', ['abc'], ['a/c', 'ac']],
	['id_[rd]sa', ['id_rsa', 'id_dsa'], ['id_xsa']],
	['k[0-9]', ['k5', 'k5/x'], ['ka']],
	['k[^0-9]', ['ka'], ['k5']],
	['\\*.pem', ['*.pem'], ['a.pem']],
	['a**b', ['ab', 'ax/b'], ['a']],
];

for (const [pattern, inside, outside] of ignores) {
	test(`an ignore file's ${pattern} leaves out what Docker leaves out`, t => {
		const read = ignorePattern(pattern);

		t.truthy(read);
		const patterns = read === undefined ? [] : [read];
		t.deepEqual(
			inside.filter(path => !isIgnored(path, patterns)),
			[],
		);
		t.deepEqual(
			outside.filter(path => isIgnored(path, patterns)),
			[],
		);
	});
}

test('an ignore pattern takes no more time than its length and the path’s', t => {
	const begin = performance.now();
	const read = ignorePattern(`${'*a'.repeat(500)}${'**/'.repeat(100)}b`);

	t.false(isIgnored('a'.repeat(2000), read === undefined ? [] : [read]));
	t.true(performance.now() - begin < 2000);
	t.is(ignorePattern('a[b'), undefined);
	// What lies above the context is no part of it, and leaves nothing in it out.
	const above = ignorePattern('../a');
	t.false(above === undefined || isIgnored('a', [above]) || isIgnored('b/a', [above]));
});
