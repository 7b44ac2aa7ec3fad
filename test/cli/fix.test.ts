import {spawnSync} from 'node:child_process';
import {
	chmodSync,
	linkSync,
	lstatSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {replaceFile} from '../../cli/write-file.ts';
import {changesBetween} from '../../frontend/diff.ts';
import {unifiedDiff} from '../../frontend/unified-diff.ts';
import {ruleCatalogue} from '../../policies/rules/index.ts';
import {folderWith, typed} from '../helpers/typed.ts';

const INSTALLS =
	'# syntax=docker/dockerfile:1\nFROM scratch\n# a comment\nRUN apt-get update && apt-get upgrade -y && apt-get install -y curl\nUSER 1\n';
const LEAN = INSTALLS.replace('install', 'install --no-install-recommends');

test('--fix-only writes the repairs of the rules that are named, and says so', async t => {
	const path = folderWith(t, {Dockerfile: INSTALLS, other: 'FROM scratch\nUSER 1\n'});
	const only = ['--fix-only', 'apt-no-recommends'];

	const {out, code} = await typed(['check', path('Dockerfile'), path('other'), ...only]);
	const again = await typed(['check', path('Dockerfile'), ...only]);

	t.is(code, 0);
	t.is(readFileSync(path('Dockerfile'), 'utf8'), LEAN);
	t.is(readFileSync(path('other'), 'utf8'), 'FROM scratch\nUSER 1\n');
	t.regex(out, /✔ written {2}4 {2}apt-no-recommends\n {6}--no-install-recommends/);
	t.false(/(?:▲|✖|●).*apt-no-recommends/.test(out), 'what is judged is what is in the file now');
	t.false(again.out.includes('written'), 'a second run changes nothing');
	t.is(readFileSync(path('Dockerfile'), 'utf8'), LEAN);
});

test('rules are known by the names that others give them', async t => {
	const path = folderWith(t, {Dockerfile: INSTALLS});

	await typed(['check', path('Dockerfile'), '--fix-only', 'dl3015,pinned-base']);
	const wrong = await typed(['check', path('Dockerfile'), '--fix-only', 'no-such-rule']);

	t.is(readFileSync(path('Dockerfile'), 'utf8'), LEAN);
	t.is(wrong.code, 2);
	t.is(
		wrong.err,
		'sallyport check: --fix-only: "no-such-rule" is not a rule that this version knows, by any name\n',
	);
});

test('--fix leaves opt-in repairs alone, and --fix-opt-in makes them', async t => {
	const path = folderWith(t, {Dockerfile: INSTALLS});
	t.is(ruleCatalogue['no-upgrade'].fix, 'opt-in');

	const hint = (await typed(['check', path('Dockerfile')])).out;
	await typed(['check', path('Dockerfile'), '--fix']);
	const first = readFileSync(path('Dockerfile'), 'utf8');
	await typed(['check', path('Dockerfile'), '--fix-opt-in']);

	t.regex(hint, /\(can be done: --fix\)/);
	t.regex(hint, /\(can be done: --fix-opt-in\)/);
	t.true(first.includes('upgrade'));
	t.false(readFileSync(path('Dockerfile'), 'utf8').includes('upgrade'));
});

test('what only a build can prove is opt-in, however safe its rule is otherwise', async t => {
	const path = folderWith(t, {
		Dockerfile: 'FROM node:24-trixie\nCOPY server.js /app/\nCMD ["node", "/app/server.js"]\n',
	});

	const hint = (await typed(['check', '-v', path('Dockerfile')])).out;
	const built = (await typed(['check', '--policy', 'hardened', path('Dockerfile')])).out;
	await typed(['check', '--policy', 'hardened', path('Dockerfile'), '--fix']);
	const first = readFileSync(path('Dockerfile'), 'utf8');
	await typed(['check', '--policy', 'hardened', path('Dockerfile'), '--fix-opt-in']);

	t.regex(hint, /moved to node:24-trixie-slim \(can be done: --fix-opt-in\)/);
	t.regex(built, /moved to node:24-trixie-slim \(kept in the build if the result starts there\)/);
	t.regex(first, /^FROM node:24-trixie$/m);
	t.regex(readFileSync(path('Dockerfile'), 'utf8'), /^FROM node:24-trixie-slim$/m);
});

test('what is no file of its own is not repaired, and that is said', async t => {
	const {out, code} = await typed(['check', '-', '--fix-only', 'apt-no-recommends'], {stdin: INSTALLS});

	t.is(code, 0);
	t.regex(out, /repairs are not written here/);
});

test('a file keeps its mode, and a link stays a link', async t => {
	const path = folderWith(t, {'real/file': 'old'});
	chmodSync(path('real/file'), 0o640);
	symlinkSync('real/file', path('link'));

	await replaceFile(path('link'), Buffer.from('old'), Buffer.from('new'));

	t.is(readFileSync(path('real/file'), 'utf8'), 'new');
	t.is(statSync(path('real/file')).mode & 0o777, 0o640);
	t.true(lstatSync(path('link')).isSymbolicLink());
	t.is(readlinkSync(path('link')), 'real/file');
	t.deepEqual(readdirSync(path('real')), ['file']);
});

test('a file that has changed meanwhile is left as it is', async t => {
	const path = folderWith(t, {file: 'theirs', twice: 'old'});
	linkSync(path('twice'), path('second'));

	await t.throwsAsync(replaceFile(path('file'), Buffer.from('old'), Buffer.from('new')), {
		code: 'CLI_CANNOT_WRITE',
		message: /has changed while it was judged; run it again$/,
	});
	await t.throwsAsync(replaceFile(path('twice'), Buffer.from('old'), Buffer.from('new')), {
		message: /more than one name/,
	});
	await t.throwsAsync(replaceFile(path('none'), Buffer.from('old'), Buffer.from('new')), {
		message: /cannot be written \(ENOENT\)/,
	});
	t.is(readFileSync(path('file'), 'utf8'), 'theirs');
	t.deepEqual(readdirSync(path('.')).toSorted(), ['file', 'second', 'twice']);
});

test('render --diff shows what a build would change, and with --fix… what check would write', async t => {
	const path = folderWith(t, {Dockerfile: INSTALLS});

	const build = await typed(['render', path('Dockerfile'), '--diff']);
	const fix = await typed(['render', path('Dockerfile'), '--diff', '--fix-only', 'apt-no-recommends']);
	const colored = await typed(['render', path('Dockerfile'), '--diff'], {isTTY: true});
	const wrong = await typed(['render', path('Dockerfile'), '--fix']);

	t.regex(build.out, /^--- a\/.*Dockerfile\n\+\+\+ b\/.*Dockerfile\n/);
	t.regex(build.out, /\n\+COPY --link --from=sallyport-record \/ \/\n$/);
	t.regex(fix.out, /\n# apt-no-recommends: .* → --no-install-recommends\n@@ -1,5 \+1,5 @@\n/);
	t.regex(fix.out, /\n\+RUN apt-get update .* install --no-install-recommends -y curl\n USER 1\n$/);
	t.true(colored.out.includes('\u001B[32m+'));
	t.is(wrong.code, 2);
	t.is(wrong.err.trimEnd().split('\n').length, 1);
	t.is(readFileSync(path('Dockerfile'), 'utf8'), INSTALLS);
});

test('patch makes of a diff what was promised', t => {
	const plain = {isColored: false, width: 100};
	const line = fc.constantFrom('a', 'b', 'c', '', '-', '+ x', 'COPY . .');
	const text = fc
		.tuple(fc.array(line, {maxLength: 30}), fc.boolean())
		.map(([lines, isEnded]) => lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''));
	const path = folderWith(t, {});
	const repaired = [{rule: 'pinned-base', title: 'pinned\nto x', line: 4}];

	fc.assert(
		fc.property(text, text, (before, after) => {
			const diff = unifiedDiff(
				{file: 'f', before: Buffer.from(before), after: Buffer.from(after), repaired},
				plain,
			);
			if (before === after) {
				return diff === '';
			}

			writeFileSync(path('f'), before);
			const {status} = spawnSync('patch', ['-s', '-p1'], {cwd: path('.'), input: diff});
			// An empty file may be gone: patch takes "nothing is left" for "delete it".
			const now = readdirSync(path('.')).includes('f') ? readFileSync(path('f'), 'utf8') : '';
			return status === 0 && now === after;
		}),
		{numRuns: 150},
	);
	t.pass();
});

test('a diff takes the fewest lines, and bounded time for texts that have nothing in common', t => {
	const many = Array.from({length: 20_000}, (_, index) => `old ${index}`);
	const others = Array.from({length: 20_000}, (_, index) => `new ${index}`);
	const begin = performance.now();

	t.is(changesBetween(many, others).length, 1);
	t.true(performance.now() - begin < 5000);
	t.deepEqual(changesBetween(['a', 'b', 'c'], ['a', 'x', 'c', 'd']), [
		{at: 1, newAt: 1, removed: ['b'], added: ['x']},
		{at: 3, newAt: 3, removed: [], added: ['d']},
	]);
	t.deepEqual(changesBetween(many, [...many.slice(0, 10_000), 'one', ...many.slice(10_000)]), [
		{at: 10_000, newAt: 10_000, removed: [], added: ['one']},
	]);
});

test('a repair that is asked for by name is made, although the bundle has switched its rule off', async t => {
	const path = folderWith(t, {a: 'FROM debian:12\nENV A b\n'});

	await typed(['check', '--fix', path('a')]);
	t.is(readFileSync(path('a'), 'utf8'), 'FROM debian:12\nENV A b\n');
	await typed(['check', '--fix-only', 'LegacyKeyValueFormat', path('a')]);

	t.is(readFileSync(path('a'), 'utf8'), 'FROM debian:12\nENV A=b\n');
});
