import {existsSync} from 'node:fs';
import {
	chmod,
	chown,
	copyFile,
	lstat,
	mkdir,
	mkdtemp,
	readFile,
	rm,
	symlink,
	utimes,
	writeFile,
} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import {buildTool, compile, type Tool} from './helpers/tool.ts';

const test = anyTest as TestFn<{readonly tool: Tool}>;
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA7Zk3'.repeat(4)}\n-----END RSA PRIVATE KEY-----\n`;
// In parts, so that nobody takes this file for a leak.
const TOKEN = ['gh', 'p_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

test.before(async t => {
	t.context = {tool: await buildTool()};
});

type Files = Readonly<Record<string, string | Uint8Array>>;

async function rootOf(files: Files): Promise<string> {
	const root = await mkdtemp(join(tmpdir(), 'sallyport-image-'));
	for (const [path, content] of Object.entries(files)) {
		await mkdir(dirname(join(root, path)), {recursive: true});
		await writeFile(join(root, path), content);
	}

	return root;
}

async function modeOf(root: string, path: string): Promise<number> {
	return (await lstat(join(root, path))).mode & 0o7777;
}

/** An image with a program that needs a library of its own, the loader and the C library. */
async function linked(search: readonly string[], place = '/app/lib'): Promise<string> {
	const root = await rootOf({
		'src/foo.c': 'int foo(void) { return 1; }',
		'src/main.c': 'int foo(void); int main(void) { return foo(); }',
	});
	const folder = join(root, 'src');
	await compile(folder, 'foo.c', ['-shared', '-fPIC', '-o', 'libfoo.so', '-Wl,-soname,libfoo.so']);
	await compile(folder, 'main.c', [
		'-o',
		'main',
		'-L.',
		...search,
		'-Wl,--no-as-needed',
		'-Wl,-rpath-link,.',
		'-lfoo',
		'-x',
		'c',
	]);
	for (const [from, to] of [
		[join(folder, 'main'), '/app/main'],
		[join(folder, 'libfoo.so'), `${place}/libfoo.so`],
		['/lib64/ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2'],
		['/lib/x86_64-linux-gnu/libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'],
	] as const) {
		await mkdir(dirname(join(root, to)), {recursive: true});
		await copyFile(from, join(root, to));
	}

	await rm(folder, {recursive: true});
	return root;
}

const onIntel = process.arch === 'x64' ? test : test.skip;

onIntel('a program finds its library beside it by RUNPATH, and by RPATH', async t => {
	for (const tags of ['-Wl,--enable-new-dtags', '-Wl,--disable-new-dtags']) {
		const root = await linked(['-Wl,-rpath,$ORIGIN/lib', tags]);
		const {code, lines} = await t.context.tool('closure', `--root=${root}`, '/app/main');
		t.is(code, 0, JSON.stringify(lines));
		t.like(lines.at(-1), {programs: 1, missing: 0, isPartial: false});
	}
});

onIntel('a library in a folder where no loader looks is missing, and LD_LIBRARY_PATH finds it', async t => {
	const root = await linked([], '/usr/local/lib');
	const {code, lines} = await t.context.tool('closure', `--root=${root}`);
	t.is(code, 1);
	t.deepEqual(lines[0], {kind: 'library', file: '/app/main', needs: 'libfoo.so', by: '/app/main'});
	t.is((await t.context.tool('closure', `--root=${root}`, '--library-path=/usr/local/lib')).code, 0);
});

onIntel(
	'a report in a file tells what is missing and what was not there to be looked at, and stops nothing',
	async t => {
		const root = await linked([], '/usr/local/lib');
		const out = join(root, 'report');

		const {code, lines} = await t.context.tool('closure', `--root=${root}`, `--out=${out}`, '/gone', '/app');

		t.is(code, 0);
		t.deepEqual(lines, []);
		const [first, last] = (await readFile(out, 'utf8')).trim().split('\n');
		t.like(JSON.parse(first ?? ''), {file: '/app/main', needs: 'libfoo.so'});
		t.like(JSON.parse(last ?? ''), {missing: 1, isPartial: true});
	},
);

onIntel('on musl a module that is only loaded late is found to miss its library', async t => {
	const root = await rootOf({
		'usr/lib/foo.c': 'int foo(void) { return 1; }',
		'usr/lib/late.c': 'int foo(void); int late(void) { return foo(); }',
		'usr/lib/main.c': 'int foo(void); void _start(void) { foo(); }',
		'lib/none': '',
		'app/none': '',
	});
	const folder = join(root, 'usr/lib');
	const musl = ['-nostdlib', '-L.', '-Wl,--no-as-needed', '-lfoo'];
	await compile(folder, 'foo.c', ['-shared', '-fPIC', '-nostdlib', '-o', 'libfoo.so']);
	await copyFile(join(folder, 'libfoo.so'), join(root, 'lib/ld-musl-x86_64.so.1'));
	await compile(folder, 'late.c', ['-shared', '-fPIC', '-o', '../../app/late.node', ...musl]);
	const loader = '-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1';
	await compile(folder, 'main.c', ['-o', '../../app/main', loader, ...musl]);
	const whole = await t.context.tool('closure', `--root=${root}`, '/app');
	t.is(whole.code, 0, JSON.stringify(whole.lines));
	await rm(join(folder, 'libfoo.so'));

	const {code, lines} = await t.context.tool('closure', `--root=${root}`, '/app');

	t.is(code, 1);
	t.true(lines.some(({file, needs}) => file === '/app/late.node' && needs === 'libfoo.so'));
});

onIntel('a library that a library needs is missing by the name of the program', async t => {
	const root = await linked(['-Wl,-rpath,$ORIGIN/lib']);
	await rm(join(root, '/lib/x86_64-linux-gnu/libc.so.6'));
	const {code, lines} = await t.context.tool('closure', `--root=${root}`);
	t.is(code, 1);
	t.like(lines[0], {kind: 'library', needs: 'libc.so.6', by: '/app/main'});
});

onIntel('a library for another machine is none', async t => {
	const root = await linked(['-Wl,-rpath,$ORIGIN/lib']);
	const library = await readFile(join(root, 'app/lib/libfoo.so'));
	library[18] = 0xb7;
	await writeFile(join(root, 'app/lib/libfoo.so'), library);
	t.like((await t.context.tool('closure', `--root=${root}`, '/app/main')).lines[0], {needs: 'libfoo.so'});
});

onIntel('a program without its loader cannot start, whatever else is there', async t => {
	const root = await linked(['-Wl,-rpath,$ORIGIN/lib']);
	await rm(join(root, '/lib64/ld-linux-x86-64.so.2'));
	const {code, lines} = await t.context.tool('closure', `--root=${root}`);
	t.is(code, 1);
	t.deepEqual(lines[0], {kind: 'interpreter', file: '/app/main', needs: '/lib64/ld-linux-x86-64.so.2'});
});

onIntel('the loader is found by links of the image and never by those of the machine', async t => {
	const root = await linked(['-Wl,-rpath,$ORIGIN/lib']);
	await rm(join(root, '/lib64/ld-linux-x86-64.so.2'));
	await symlink('/../../../../../../lib64/elsewhere/../../ld', join(root, '/lib64/ld-linux-x86-64.so.2'));
	t.is((await t.context.tool('closure', `--root=${root}`)).code, 1);
	await copyFile('/lib64/ld-linux-x86-64.so.2', join(root, 'ld'));
	await mkdir(join(root, 'lib64/elsewhere'));
	t.is((await t.context.tool('closure', `--root=${root}`)).code, 0);
	await rm(join(root, 'lib64/ld-linux-x86-64.so.2'));
	await symlink('/ld', join(root, 'lib64/ld-linux-x86-64.so.2'));
	t.is((await t.context.tool('closure', `--root=${root}`)).code, 0);
});

test("a script's interpreter is asked for, and counts when it is asked to", async t => {
	const root = await rootOf({
		'app/run': '#!/usr/bin/env -S python3 -u\n',
		'app/plain': '#!/bin/gone\n',
		'usr/bin/env': 'x',
	});
	for (const path of ['app/run', 'app/plain', 'usr/bin/env']) {
		await chmod(join(root, path), 0o755);
	}

	const {code, lines} = await t.context.tool('closure', `--root=${root}`);
	t.is(code, 0);
	t.deepEqual(new Set(lines.map(({needs}) => needs)), new Set(['python3', '/bin/gone', undefined]));
	t.is((await t.context.tool('closure', `--root=${root}`, '--scripts')).code, 1);
});

test("no file keeps its owner's rights, but for those that are allowed", async t => {
	const root = await rootOf({'bin/su': 'su', 'bin/ping': 'ping', 'bin/wall': 'wall'});
	await chmod(join(root, 'bin/su'), 0o4755);
	await chmod(join(root, 'bin/ping'), 0o4755);
	await chmod(join(root, 'bin/wall'), 0o2755);
	const {code, lines} = await t.context.tool('harden', `--root=${root}`, '--setuid', '--keep=/bin/ping');
	t.is(code, 0);
	t.like(lines[0], {setuid: {count: 2}, failed: 0});
	t.deepEqual(
		[await modeOf(root, 'bin/su'), await modeOf(root, 'bin/ping'), await modeOf(root, 'bin/wall')],
		[0o755, 0o4755, 0o755],
	);
	t.false(
		'setuid' in
			((await t.context.tool('harden', `--root=${root}`, '--setuid', '--keep=/bin/ping')).lines[0] ?? {}),
	);
});

test('what every user may write is theirs no more, and shared folders get the sticky bit', async t => {
	const root = await rootOf({'app/a': 'a', 'shared/b': 'b'});
	await chmod(join(root, 'app/a'), 0o666);
	await chmod(join(root, 'shared'), 0o777);
	await t.context.tool('harden', `--root=${root}`, '--world');
	t.deepEqual([await modeOf(root, 'app/a'), await modeOf(root, 'shared')], [0o664, 0o1777]);
});

test('caches, lists, logs and leftovers go; what a program may need stays', async t => {
	const root = await rootOf({
		'var/lib/apt/lists/deb.example_main': 'x',
		'var/cache/apt/archives/a.deb': 'x',
		'root/.npm/_cacache/content/x': 'x',
		'tmp/build/deep/x': 'x',
		'var/log/dpkg.log': 'x',
		'var/log/app/app.log': 'x',
		'etc/passwd-': 'x',
		'etc/app.conf.dpkg-old': 'x',
		'root/.cache/ms-playwright/chrome': 'x',
		'var/lib/dpkg/status': 'x',
		'app/tmp/kept': 'x',
	});
	await t.context.tool('harden', `--root=${root}`, '--caches');
	const gone = [
		'var/lib/apt/lists/deb.example_main',
		'var/cache/apt/archives/a.deb',
		'root/.npm/_cacache/content',
		'tmp/build',
		'var/log/dpkg.log',
		'etc/passwd-',
		'etc/app.conf.dpkg-old',
	];
	const kept = [
		'var/lib/apt/lists',
		'tmp',
		'var/log/app/app.log',
		'root/.cache/ms-playwright/chrome',
		'var/lib/dpkg/status',
		'app/tmp/kept',
	];
	t.deepEqual(
		gone.filter(path => existsSync(join(root, path))),
		[],
	);
	t.deepEqual(
		kept.filter(path => !existsSync(join(root, path))),
		[],
	);
	t.is(await readFile(join(root, 'var/log/app/app.log'), 'utf8'), '');
});

test('a link of the image leads nothing astray: not what is emptied, not what is given away', async t => {
	const root = await rootOf({
		'precious/file': 'x',
		'etc/shadow': 'x',
		'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
	});
	const outside = await rootOf({file: 'x'});
	await mkdir(join(root, 'var/lib/apt'), {recursive: true});
	await symlink('/precious', join(root, 'tmp'));
	await symlink(outside, join(root, 'var/lib/apt/lists'));
	await mkdir(join(root, 'app'));
	await symlink('../etc', join(root, 'app/data'));
	await symlink(outside, join(root, 'app/log'));
	const {lines} = await t.context.tool(
		'harden',
		`--root=${root}`,
		'--caches',
		'--user=65532:65532',
		'--own=/app/data',
		'--own-if=/app/log',
	);
	t.true(existsSync(join(root, 'precious/file')));
	t.true(existsSync(join(outside, 'file')));
	t.is((await lstat(join(root, 'etc/shadow'))).uid, 0);
	t.is((await lstat(outside)).uid, process.getuid?.() ?? 0);
	t.like(lines[0], {failed: 1});
});

test('the user is entered once, gets the folders, and none of the system', async t => {
	const passwd = 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/app:/bin/sh';
	const root = await rootOf({
		'etc/passwd': passwd,
		'etc/group': 'root:x:0:\n',
		'app/data/x': 'x',
		'app/code.js': '',
	});
	const words = [
		'harden',
		`--root=${root}`,
		'--user=65532:65532',
		'--own=/data/new',
		'--own-if=/app/data',
		'--own-if=/app/none',
		'--own=/usr/bin',
		'--own=/usr',
		'--enter=/app',
		'--enter=/none',
		'--enter=/app/code.js',
	];
	const {lines} = await t.context.tool(...words);
	t.is(
		await readFile(join(root, 'etc/passwd'), 'utf8'),
		`${passwd}\napp65532:x:65532:65532::/home/app65532:/usr/sbin/nologin\n`,
	);
	t.is(await readFile(join(root, 'etc/group'), 'utf8'), 'root:x:0:\napp:x:65532:\n');
	for (const path of ['data/new', 'app/data', 'app/data/x', 'home/app65532']) {
		const {uid, gid} = await lstat(join(root, path));
		t.deepEqual([uid, gid], [65_532, 65_532], path);
	}

	t.false(existsSync(join(root, 'app/none')));
	// It may make files beside the program, and change none of them.
	const app = await lstat(join(root, 'app'));
	t.deepEqual([app.uid, app.gid, app.mode & 0o7777], [0, 65_532, 0o1775]);
	t.is((await lstat(join(root, 'app/code.js'))).gid, 0);
	t.like(lines[0], {account: 'added', failed: 2});
	t.like((await t.context.tool(...words)).lines[0], {account: 'there'});
});

test('the programs of package managers go and their database stays; shells only where it is asked for', async t => {
	const root = await rootOf({
		'usr/bin/apt-get': 'x',
		'usr/bin/dpkg': 'x',
		'usr/lib/apt/methods/http': 'x',
		'var/lib/dpkg/status': 'x',
		'bin/busybox': 'x',
		'usr/bin/python3': 'x',
	});
	await symlink('/bin/busybox', join(root, 'bin/ls'));
	await symlink('busybox', join(root, 'bin/sh'));
	await t.context.tool('harden', `--root=${root}`, '--slim');
	t.deepEqual(
		['usr/bin/apt-get', 'usr/bin/dpkg', 'usr/lib/apt/methods/http'].filter(path =>
			existsSync(join(root, path)),
		),
		[],
	);
	t.true(existsSync(join(root, 'bin/sh')));
	await t.context.tool('harden', `--root=${root}`, '--shell-less');
	t.false(['bin/sh', 'bin/ls', 'bin/busybox'].some(path => existsSync(join(root, path))));
	t.true(existsSync(join(root, 'var/lib/dpkg/status')) && existsSync(join(root, 'usr/bin/python3')));
});

test('times stay as they were, and are never later than SOURCE_DATE_EPOCH', async t => {
	const root = await rootOf({'tmp/x': 'x', 'etc/passwd': 'root:x:0:0::/:/bin/sh\n', 'var/log/a.log': 'x'});
	const early = new Date('2020-01-01T00:00:00Z');
	for (const path of ['tmp', 'etc/passwd', 'etc', 'var/log/a.log']) {
		await utimes(join(root, path), early, early);
	}

	await t.context.tool('harden', `--root=${root}`, '--caches', '--user=65532:65532');
	for (const path of ['tmp', 'etc/passwd', 'etc', 'var/log/a.log']) {
		t.deepEqual((await lstat(join(root, path))).mtime, early, path);
	}

	await writeFile(join(root, 'tmp/y'), 'y');
	await t.context.tool('harden', `--root=${root}`, '--caches', '--epoch=1000000000');
	t.is((await lstat(join(root, 'tmp'))).mtimeMs, 1e12);
});

test('what lies in an image is reported, and no value of a credential is', async t => {
	const root = await rootOf({
		'etc/os-release': 'NAME="Debian"\nID=debian\nVERSION_ID="12"\n',
		'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
		'var/lib/dpkg/status':
			'Package: a\nStatus: install ok installed\n\nPackage: b\nStatus: deinstall ok config-files\n',
		'app/node_modules/a/package.json': '{}',
		'app/node_modules/@b/c/package.json': '{}',
		'app/node_modules/a/lib/package.json': '{}',
		'usr/sbin/sshd': 'x',
		'usr/bin/gcc': 'x',
		'bin/sh': 'x',
		'app/.git/config': 'x',
		'app/key': KEY,
		'app/code.js': `const token = '${TOKEN}';`,
		'app/documentation.md': `AKIAIOSFODNN7EXAMPLE, ghp_${'a'.repeat(36)} and -----BEGIN PRIVATE KEY-----`,
		'app/help.js': `usage: key="-----BEGIN PRIVATE KEY-----\\nXXXX\\n-----END PRIVATE KEY-----"\n  ${'and what else can be set '.repeat(4)}`,
		'root/.npmrc': `//registry.npmjs.org/:_authToken=${TOKEN}`,
		'app/node_modules/a/test/key.pem': KEY,
	});
	await chmod(join(root, 'usr/bin/gcc'), 0o4777);
	const {code, lines, stdout} = await t.context.tool('inspect', `--root=${root}`, '--user=1000');
	t.is(code, 0);
	t.like(lines[0], {
		os: {id: 'debian', version: '12'},
		isUserKnown: false,
		packages: {dpkg: 1, npm: 2},
		setuid: {count: 1, paths: ['/usr/bin/gcc']},
		worldFiles: {count: 1},
		ssh: {count: 1, paths: ['/usr/sbin/sshd']},
		compilers: {count: 1},
		shells: {count: 1},
		git: {count: 1, paths: ['/app/.git']},
	});
	const {found} = (lines[0] as {credentials: {found: {path: string; kind: string}[]}}).credentials;
	t.deepEqual(found.map(({path, kind}) => `${path} ${kind}`).toSorted(), [
		'/app/code.js github-token',
		'/app/key private-key',
		'/root/.npmrc npm-configuration',
	]);
	t.false(stdout.includes(TOKEN) || stdout.includes('MIIEp'));
});

test('wrong words are told in one sentence', async t => {
	for (const words of [
		['harden', '--nonsense'],
		['harden', '--own=relative'],
		['harden', '--epoch=-1'],
		['closure', '--x'],
		['inspect', 'x'],
	]) {
		const {code, stderr} = await t.context.tool(...words);
		t.is(code, 64);
		t.regex(stderr, /^(?:tool harden: \S+ is no option|usage: tool )/);
	}
});

/** The same numbers in every run. */
function dice(seed: number): (below: number) => number {
	let state = seed;
	return below => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

function mutated(bytes: Uint8Array, roll: (below: number) => number): Uint8Array {
	const copy = Uint8Array.from(bytes.subarray(0, roll(8) === 0 ? roll(bytes.length) : bytes.length));
	for (let count = 1 + roll(24); count > 0 && copy.length > 0; count -= 1) {
		// Most of what is believed stands at the beginning.
		const at = roll(2) === 0 ? roll(Math.min(copy.length, 1024)) : roll(copy.length);
		copy[at] = roll(3) === 0 ? 0xff : roll(256);
	}

	return copy;
}

onIntel('no ELF file, cache, account or package list of an enemy breaks the program', async t => {
	const seeds = {
		program: await readFile('/bin/ls'),
		library: await readFile('/lib/x86_64-linux-gnu/libselinux.so.1').catch(() =>
			readFile('/lib/x86_64-linux-gnu/libc.so.6'),
		),
		cache: await readFile('/etc/ld.so.cache'),
		passwd: await readFile('/etc/passwd'),
		status: (await readFile('/var/lib/dpkg/status')).subarray(0, 20_000),
		key: new TextEncoder().encode(`${KEY}${TOKEN} AKIA`.repeat(20)),
	};
	for (let round = 1; round <= 12; round += 1) {
		const roll = dice(round);
		const files: Record<string, Uint8Array> = {
			'etc/ld.so.cache': mutated(seeds.cache, roll),
			'etc/passwd': mutated(seeds.passwd, roll),
			'etc/group': mutated(seeds.passwd, roll),
			'etc/os-release': mutated(seeds.passwd, roll),
			'var/lib/dpkg/status': mutated(seeds.status, roll),
			'lib/x86_64-linux-gnu/libc.so.6': mutated(seeds.library, roll),
			'lib64/ld-linux-x86-64.so.2': mutated(seeds.library, roll),
		};
		for (let index = 0; index < 25; index += 1) {
			files[`bin/p${index}`] = mutated(seeds.program, roll);
			files[`lib/l${index}.so`] = mutated(seeds.library, roll);
			files[`app/k${index}`] = mutated(seeds.key, roll);
		}

		const root = await rootOf(files);
		await chmod(join(root, 'lib64/ld-linux-x86-64.so.2'), 0o755);
		for (const words of [
			['closure'],
			['inspect', '--user=1000'],
			['harden', '--setuid', '--world', '--caches', '--slim', '--user=7:8', '--own=/data'],
		]) {
			const {code, stderr} = await t.context.tool(words[0] ?? '', `--root=${root}`, ...words.slice(1));
			t.true([0, 1, 74].includes(code), `${round} ${words[0]}: ${code} ${stderr.slice(0, 2000)}`);
		}

		await rm(root, {recursive: true});
	}
});

test('a tree deeper than anybody makes is walked as far as it goes, and the rest is told', async t => {
	const root = await rootOf({});
	const deep = join(root, 'd/'.repeat(600));
	await mkdir(deep, {recursive: true});
	t.like((await t.context.tool('inspect', `--root=${root}`)).lines[0], {unread: 1});
	t.is((await t.context.tool('closure', `--root=${root}`)).code, 74);
});

test('links in a circle end nothing but the look for them', async t => {
	const root = await rootOf({'etc/hosts': 'x'});
	await symlink('b', join(root, 'a'));
	await symlink('a', join(root, 'b'));
	await symlink('/a', join(root, 'etc/passwd'));
	t.like((await t.context.tool('harden', `--root=${root}`, '--user=9:9', '--own=/a/b')).lines[0], {
		failed: 1,
	});
	t.is((await t.context.tool('inspect', `--root=${root}`)).code, 0);
	await chown(join(root, 'etc/hosts'), 0, 0);
});
