import {mkdtemp, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import anyTest, {type TestFn} from 'ava';
import {isRunning, until} from './helpers/processes.ts';
import {buildTool, type Tool} from './helpers/tool.ts';

// The program that starts an image inside a build, here with sanitizers in it and without an image around it.

const all = anyTest as TestFn<{readonly tool: Tool}>;
// It takes on other users, which only root can.
const test = process.getuid?.() === 0 ? all : all.skip;

all.before(async t => {
	t.context = {tool: await buildTool()};
});

const sh = (code: string): readonly string[] => ['--', 'sh', '-c', code];
const PYTHON_WAITS = 'import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [15]); signal.sigwait([15])';

const endings: Readonly<Record<string, readonly [readonly string[], number, string]>> = {
	'a task that ends well': [sh('exit 0'), 0, 'passed: it ran and ended with code 0'],
	'a task that ends badly': [sh('exit 3'), 1, 'failed: it ended with code 3 before it was healthy'],
	'a server that ends before it listens': [
		['--port', '39999', ...sh('exit 0')],
		1,
		'failed: it ended with code 0 before it was healthy',
	],
	'a crash': [sh('kill -SEGV $$'), 1, 'failed: it ended with code 139 before it was healthy'],
	'a command that is not there': [
		['--', '/no/such'],
		1,
		'failed: /no/such cannot be started: No such file or directory',
	],
	'a file that is no program': [
		['--', '/etc/passwd'],
		1,
		'failed: /etc/passwd cannot be started: Permission denied',
	],
	'a user of no name that is known': [
		['--user', 'ghost', ...sh('true')],
		1,
		`failed: the image's user is "ghost", and its /etc/passwd has nobody of that name`,
	],
	'a group of no name that is known': [
		['--user', '0:ghosts', ...sh('true')],
		1,
		`failed: the image's group is "ghosts", and its /etc/group has none of that name`,
	],
	'a port that stays shut': [
		['--seconds', '1', '--port', '39999', '--', 'sleep', '30'],
		1,
		'overdue: nothing listens on port 39999 after 1 s',
	],
	'a health check that does not pass': [
		['--seconds', '3', '--check', '3', 'sh', '-c', 'exit 9', '--', 'sleep', '30'],
		1,
		'overdue: its health check did not pass within 3 s (last exit code 9)',
	],
	'a handler that does nothing': [
		['--stop-seconds', '1', '--must-stop', ...sh("trap ':' TERM; while :; do sleep 0.1; done")],
		1,
		'failed: it did not end within 1 s of signal 15',
	],
	'a signal that nobody takes, where that matters': [
		['--must-stop', '--', 'sleep', '30'],
		1,
		'failed: its first process has no handler for signal 15, so it would be killed after 10 s',
	],
	'a bad end on request, where that matters': [
		['--must-stop', ...sh("trap 'exit 3' TERM; while :; do sleep 0.1; done")],
		1,
		'failed: asked to stop by signal 15, it ended with code 3',
	],
};

for (const [what, [words, code, line]] of Object.entries(endings)) {
	test(`it tells of ${what}`, async t => {
		const said = await t.context.tool('test', ...words);

		t.is(said.stdout.split('\n')[0], line, said.stderr);
		t.is(said.code, code);
	});
}

const stopping: Readonly<Record<string, readonly string[]>> = {
	'a handler': ['--must-stop', ...sh("trap 'exit 0' TERM; while :; do sleep 0.1; done")],
	'waiting for it, with no handler at all': ['--must-stop', '--', 'python3', '-c', PYTHON_WAITS],
	'its end by the signal, where nobody asks for more': ['--', 'sleep', '30'],
	'another signal': [
		'--must-stop',
		'--signal',
		'3',
		...sh("trap 'exit 0' QUIT; while :; do sleep 0.1; done"),
	],
};

for (const [how, words] of Object.entries(stopping)) {
	test(`what stops by ${how} passes`, async t => {
		const {code, stdout, stderr} = await t.context.tool('test', ...words);

		t.regex(stdout, /^passed: it started, was healthy after \d+ ms and stopped when asked\n/, stderr);
		t.is(code, 0);
	});
}

test('what does not stop passes where only a start is asked for, and nobody says that it stopped', async t => {
	const hangs = sh("trap ':' TERM; while :; do sleep 0.1; done");
	const {code, stdout} = await t.context.tool('test', '--stop-seconds', '1', ...hangs);

	t.regex(stdout, /^passed: it started, was healthy after \d+ ms\n$/);
	t.is(code, 0);
});

test('it is the user that the image names, with home and groups of its files', async t => {
	const named = await t.context.tool(
		'test',
		'--user',
		'nobody',
		...sh('echo "$(id -u):$(id -G):$HOME"; exit 1'),
	);
	const numbered = await t.context.tool(
		'test',
		'--user',
		'1234:5',
		...sh('echo "$(id -u):$(id -G):$HOME"; exit 1'),
	);
	const kept = await t.context.tool('test', '--user', '1234', '--keep-home', ...sh('echo "[$HOME]"; exit 1'));

	t.regex(named.stdout, /^\| 65534:65534:\/nonexistent$/m);
	t.regex(numbered.stdout, /^\| 1234:5:\/$/m);
	t.regex(kept.stdout, /^\| \[\]$/m);
});

test('nothing that it started is left, whoever fled from its group', async t => {
	const marker = `9${process.pid}${Date.now()}`;

	await t.context.tool('test', ...sh(`setsid sleep ${marker} & exit 0`));

	t.true(await until(() => !isRunning(`sleep\0${marker}`), 5000));
});

test('what is said without end is cut, and nothing in it steers a terminal', async t => {
	const {stdout, code} = await t.context.tool(
		'test',
		'--seconds',
		'3',
		...sh(
			"yes | head -c 3000000; printf 'a\\033[31mb\\001\\303\\244\\n'; head -c 100000 /dev/zero | tr '\\0' x; echo; exit 1",
		),
	);

	t.is(code, 1);
	t.true(stdout.length < 20 * 250);
	t.regex(stdout, /^\| a\?\[31mb\?\?\?$/m);
	t.false(/[^\n -~]/.test(stdout));
});

test('values of its environment are stars, and what is said again and again stands once', async t => {
	const {stdout} = await t.context.tool(
		'test',
		...sh('for i in 1 2 3; do echo "it is $ASAN_OPTIONS."; done; exit 1'),
	);

	t.deepEqual(stdout.trimEnd().split('\n').slice(1), ['| it is ***********.']);
});

test('the outcome goes into a file, and then the program ends well', async t => {
	const out = join(await mkdtemp(join(tmpdir(), 'sallyport-outcome-')), 'outcome');

	const {code} = await t.context.tool('test', '--out', out, ...sh('echo said; exit 3'));
	const [word, sentence, seconds, ...log] = (await readFile(out, 'utf8')).split('\n');

	t.is(code, 0);
	t.is(word, 'failed');
	t.is(sentence, 'it ended with code 3 before it was healthy');
	t.true(Math.abs(Number(seconds) - Date.now() / 1000) < 60);
	t.deepEqual(log, ['said', '']);
	t.is((await t.context.tool('test', '--out', '/no/such/folder', ...sh('exit 0'))).code, 74);
});

all('what it is asked has to make sense', async t => {
	for (const words of [
		[],
		['--'],
		['--seconds', 'x', '--', 'true'],
		['--seconds', '0', '--', 'true'],
		['--port', '70000', '--', 'true'],
		['--signal', '65', '--', 'true'],
		['--check', '9', 'a', '--', 'true'],
		['--https', '8443', '--', 'true'],
		['--health', '/', '--', 'true'],
		['--unknown', 'x', '--', 'true'],
	]) {
		const {code, stderr} = await t.context.tool('test', ...words);
		t.is(code, 64, words.join(' '));
		t.regex(stderr, /^usage: tool test /);
	}
});
