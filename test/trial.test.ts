import {spawn} from 'node:child_process';
import test, {type ExecutionContext} from 'ava';
import {readBuildRecord} from '../proto/build-record.ts';
import {paths} from '../proto/labels.ts';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';
import {isRunning, until} from './helpers/processes.ts';

// What a build starts to see whether it starts, on a real engine.

const docker: Promise<Docker> = openDocker();
const FRONTEND = process.env['SALLYPORT_TEST_FRONTEND'] ?? 'sallyport/frontend:1';
const SYNTAX = `# syntax=${FRONTEND}\n`;
const PREFIX = 'sallyport-test/trial';
const bases = docker.then(({engine}) =>
	ensureImages(engine, ['node:24-trixie', 'node:24-trixie-slim', 'debian:bookworm-slim']),
);
const made: string[] = [];

test.after.always(async () => {
	const run = await docker;
	await run(['image', 'rm', '-f', ...made]);
});

const NODE = 'FROM node:24-trixie-slim\nUSER node\nEXPOSE 3000\n';
const DEBIAN = 'FROM debian:bookworm-slim\n';
const LISTENS = "require('http').createServer((q, r) => r.end('x')).listen(3000)";

async function built(
	t: ExecutionContext,
	dockerfile: string,
	args: readonly string[],
): Promise<Ran & {tag: string}> {
	await bases;
	const run = await docker;
	const tag = `${PREFIX}-${made.length}`;
	made.push(tag);
	const folder = await folderOf({Dockerfile: `${SYNTAX}${dockerfile.replace(/\n?$/, '\n')}${FRESH}`});
	const ran = await run(['build', '--progress=plain', '-t', tag, ...args, folder]);
	t.log(ran.stderr.split('\n').findLast(line => line.startsWith('ERROR')) ?? 'built');
	return {...ran, tag};
}

/** An engine keeps what came of a start: one that has seen these tests before must start everything anew. */
const FRESH = `ENV STARTED=${Date.now()}\n`;

const TEST = ['--target', 'sallyport-test'];

/** Command in JSON form. */
function cmd(...words: readonly string[]): string {
	return `CMD ${JSON.stringify(words)}\n`;
}

const pass: Readonly<Record<string, readonly [string, RegExp]>> = {
	'a server that starts, answers and stops': [
		NODE + cmd('node', '-e', LISTENS),
		/passed: it started, was healthy through the proxy after \d+ ms and stopped when asked/,
	],
	'a task that does its work and ends': [
		`${DEBIAN}USER 1000\n${cmd('sh', '-c', 'echo done')}`,
		/passed: it ran and ended with code 0/,
	],
	'a worker without a port, which runs and stops': [
		`${DEBIAN}USER 1000\n${cmd('sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done")}`,
		/passed: it started, was healthy after \d+ ms and stopped when asked/,
	],
	'a static program in an image of nothing else': [
		`FROM scratch\nCOPY --from=sallyport/proxy-nginx:1 /opt/sallyport/bin/sallyport-init /app\nUSER 65532\n${cmd('/app', 'version')}`,
		/passed: it ran and ended with code 0/,
	],
	"the image's user with the home and the groups that it has in a container": [
		`${DEBIAN}RUN useradd -m -u 1234 app && groupadd -g 4321 more && usermod -aG more app\nUSER app\n${cmd('sh', '-c', 'test "$HOME:$(id -u):$(id -G)" = "/home/app:1234:1234 4321"')}`,
		/passed: it ran and ended with code 0/,
	],
	'a home that the image itself names': [
		`${DEBIAN}ENV HOME=/srv\nUSER 1000\n${cmd('sh', '-c', 'test "$HOME" = /srv')}`,
		/passed: it ran/,
	],
	'a port below 1024 for somebody who is not root, as in Docker': [
		`FROM node:24-trixie-slim\nUSER node\nEXPOSE 81\n${cmd('node', '-e', LISTENS.replace('3000', '81'))}`,
		/passed: it started, was healthy through the proxy/,
	],
	'a health check of its own, which passes': [
		`${NODE}HEALTHCHECK --interval=2s --timeout=1s CMD ["node", "-e", "fetch('http://127.0.0.1:3000').catch(() => process.exit(1))"]\n${cmd('node', '-e', LISTENS)}`,
		/passed: it started, was healthy through the proxy/,
	],
};

for (const [what, [dockerfile, said]] of Object.entries(pass)) {
	test(`passes: ${what}`, async t => {
		const {code, stderr} = await built(t, dockerfile, TEST);

		t.is(code, 0, stderr);
		t.regex(stderr, said);
	});
}

const fail: Readonly<Record<string, readonly [string, string]>> = {
	'one that dies at once': [
		NODE + cmd('node', '-e', "throw new Error('no config')"),
		'it ended with code 1 before it was healthy',
	],
	'one that needs a database': [
		NODE + cmd('node', '-e', "require('net').connect(5432, 'db').on('error', () => process.exit(7))"),
		'it ended with code 7 before it was healthy',
	],
	'one whose port is never opened': [
		NODE + cmd('node', '-e', 'setInterval(() => {}, 1000)'),
		'nothing listens on port 3000 after 30 s',
	],
	'one that hangs when it is asked to stop': [
		NODE +
			cmd('node', '-e', `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`).replace(
				'setInterval',
				`${LISTENS}; setInterval`,
			),
		'it did not end within 10 s of signal 15',
	],
	'a worker that no signal reaches': [
		`${DEBIAN}USER 1000\n${cmd('sh', '-c', 'while :; do sleep 1; done')}`,
		'its first process has no handler for signal 15, so it would be killed after 10 s',
	],
	'a health check of its own, which cannot run': [
		`${NODE}HEALTHCHECK --interval=2s --timeout=1s CMD ["curl", "-f", "http://localhost:3000"]\n${cmd('node', '-e', LISTENS)}`,
		'its health check did not pass within 30 s (last exit code 127)',
	],
	'a user that nobody has made': [
		`${DEBIAN}USER ghost\n${cmd('true')}`,
		'the image\'s user is "ghost", and its /etc/passwd has nobody of that name',
	],
	'a command that is not there': [
		`${DEBIAN}USER 1000\n${cmd('/no/such', 'thing')}`,
		'/no/such cannot be started: No such file or directory',
	],
	'an image without a command': [
		'FROM scratch\nCOPY --from=debian:bookworm-slim /etc/passwd /\n',
		'the image names no command',
	],
};

for (const [what, [dockerfile, sentence]] of Object.entries(fail)) {
	test(`does not pass: ${what}`, async t => {
		const {code, stderr} = await built(t, dockerfile, TEST);

		t.not(code, 0);
		t.true(
			stderr.includes(
				`The image was started in the build and did not pass: ${sentence}. This is what "--target sallyport-test" asks.`,
			),
			stderr,
		);
	});
}

test('what the application said last is shown, and no value of its environment', async t => {
	const {stderr} = await built(
		t,
		`${NODE}ENV SETTING=correct-horse\n${cmd('node', '-e', "console.log('with', process.env.SETTING); process.exit(1)")}`,
		TEST,
	);

	t.regex(stderr, /\| with \*{13}/);
	const said = stderr.split('\n').filter(line => line.includes('with '));
	t.false(said.some(line => line.includes('with correct-horse')));
});

test('a build without a policy is started, too, when it asks for that', async t => {
	const {code, stderr} = await built(t, NODE + cmd('node', '-e', 'process.exit(4)'), [
		...TEST,
		'--build-arg',
		'SALLYPORT_POLICY=off',
	]);

	t.not(code, 0);
	t.regex(stderr, /did not pass: it ended with code 4 before it was healthy/);
});

test('a stage of that name is built as any other', async t => {
	const {code, stderr} = await built(
		t,
		`${DEBIAN}FROM scratch AS sallyport-test\nCOPY --from=0 /etc/passwd /\n`,
		TEST,
	);

	t.is(code, 0, stderr);
	t.false(stderr.includes('[sallyport-test] start'));
});

const HARDENED = ['--build-arg', 'SALLYPORT_POLICY=hardened'];
const FULL = 'FROM node:24-trixie\nWORKDIR /app\nEXPOSE 3000\n';

async function recordOf(tag: string) {
	const run = await docker;
	const container = (await run(['create', tag])).stdout.trim();
	const {stdout} = await run(['cp', `${container}:${paths.buildRecord}`, '-']);
	await run(['rm', container]);
	const text = stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1);
	return readBuildRecord(new TextEncoder().encode(text));
}

test('a smaller base with which the application starts is kept, and the same result is not tried twice', async t => {
	const dockerfile = FULL + cmd('node', '-e', LISTENS);

	const {code, stderr, tag} = await built(t, dockerfile, HARDENED);
	const again = await built(t, dockerfile, HARDENED);

	t.is(code, 0, stderr);
	t.regex(stderr, /passed: it started, was healthy through the proxy/);
	t.deepEqual((await recordOf(tag)).selfTest, {outcome: 'passed', platform: 'linux/amd64', takenBack: []});
	t.is(again.code, 0, again.stderr);
	t.false(again.stderr.includes('passed: it started'), again.stderr);
});

test('a smaller base that lacks a program is taken back, and the author gets the image as it was', async t => {
	const run = await docker;
	const start = `require('child_process').execFileSync(['g', 'it'].join(''), ['--version']); ${LISTENS}`;

	const {code, stderr, tag} = await built(t, FULL + cmd('node', '-e', start), HARDENED);

	t.is(code, 0, stderr);
	t.regex(
		stderr,
		/slim-final-base: Its repair was made, tried and taken back: it ended with code 1 before it was healthy;/,
	);
	t.deepEqual((await recordOf(tag)).selfTest, {
		outcome: 'passed',
		platform: 'linux/amd64',
		takenBack: ['slim-final-base'],
	});
	t.is((await run(['run', '--rm', '--entrypoint', 'git', tag, '--version'])).code, 0);
});

test('a user that cannot write where the application writes is taken back, and the finding says what happened', async t => {
	const run = await docker;
	const start = `require('fs').writeFileSync('/root/state', 'x'); ${LISTENS}`;

	const {code, stderr, tag} = await built(
		t,
		`FROM node:24-trixie-slim\nEXPOSE 3000\n${cmd('node', '-e', start)}`,
		HARDENED,
	);

	t.is(code, 0, stderr);
	t.regex(
		stderr,
		/user-set: The image runs as root: .* Its repair was made, tried and taken back: it ended with code 1 before it was healthy;/,
	);
	t.true((await recordOf(tag)).selfTest?.takenBack.includes('user-set'));
	t.is((await run(['image', 'inspect', '-f', '{{.Config.User}}', tag])).stdout.trim(), '');
});

test('a smaller base with which nothing can be built is taken back', async t => {
	const {code, stderr, tag} = await built(
		t,
		`${FULL}RUN command -v gcc\n${cmd('node', '-e', LISTENS)}`,
		HARDENED,
	);

	t.is(code, 0, stderr);
	t.regex(stderr, /slim-final-base: Its repair was made and taken back: the build failed with it\./);
	t.true((await recordOf(tag)).selfTest?.takenBack.includes('slim-final-base'));
});

test('a build that fails by itself fails with its own error and line', async t => {
	const {code, stderr} = await built(t, `${FULL}RUN exit 3\n${cmd('node', '-e', LISTENS)}`, HARDENED);

	t.not(code, 0);
	t.regex(stderr, />>> RUN exit 3/);
	t.regex(stderr, /process "\/bin\/sh -c exit 3" did not complete successfully: exit code: 3/);
});

/** A frontend with a bundle that has everything started. */
async function strictFrontend(): Promise<string> {
	const run = await docker;
	const tag = `${PREFIX}-frontend`;
	made.push(tag);
	const folder = await folderOf({
		Dockerfile: `FROM ${FRONTEND}\nCOPY started.yaml /sallyport/policies/bundles/\n`,
		'started.yaml': `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: started, version: 1.0.0, title: Everything is started}
spec:
  defaults: {enforcement: info, fix: never}
  build: {selfTest: required}
  rules: {}
`,
	});
	const {code, stderr} = await run(['build', '-q', '-t', tag, folder]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return tag;
}

test('a bundle that requires it stops what does not start, names the way out, and lets through what does', async t => {
	const args = [
		'--build-arg',
		`BUILDKIT_SYNTAX=${await strictFrontend()}`,
		'--build-arg',
		'SALLYPORT_POLICY=started',
	];

	const refused = await built(t, NODE + cmd('node', '-e', "console.log('no luck'); process.exit(9)"), args);
	const {code, stderr, tag} = await built(t, NODE + cmd('node', '-e', LISTENS), args);

	t.not(refused.code, 0);
	t.regex(
		refused.stderr,
		/did not pass: it ended with code 9 before it was healthy\. Policy started requires it; what cannot start without its surroundings can be built under a bundle that says "selfTest: trial"\.\n {2}\| .*no luck/s,
	);
	t.is(code, 0, stderr);
	t.deepEqual((await recordOf(tag)).selfTest, {outcome: 'passed', platform: 'linux/amd64', takenBack: []});
});

test('where nothing has to be tried, nothing is, and the record does not speak of it', async t => {
	const {code, stderr, tag} = await built(t, NODE + cmd('node', '-e', 'process.exit(4)'), []);

	t.is(code, 0, stderr);
	// What only brings the program is one step for all builds, and may bear another's name.
	t.false(stderr.includes('[sallyport-test] start'), stderr);
	t.is((await recordOf(tag)).selfTest, undefined);
});

test('for a platform that the builder cannot run nothing is tried, and a note says so', async t => {
	const {code, stderr, tag} = await built(
		t,
		FULL.replace('FROM', 'FROM --platform=$BUILDPLATFORM') + cmd('node', '-e', LISTENS),
		[...HARDENED, '--platform', 'linux/riscv64', '--build-arg', 'SALLYPORT_PROXY=none'],
	);

	t.is(code, 0, stderr);
	// What only brings the program is one step for all builds, and may bear another's name.
	t.false(stderr.includes('[sallyport-test] start'), stderr);
	t.regex(stderr, /is not made for linux\/riscv64, which a builder for linux\/amd64 cannot start\./);
	t.is((await recordOf(tag)).selfTest, undefined);
});

test('a build that is ended while the image is tried leaves nothing behind', async t => {
	await bases;
	const {engine} = await docker;
	const marker = `3${process.pid}${Date.now()}`;
	const folder = await folderOf({Dockerfile: `${SYNTAX}${NODE}${cmd('sleep', marker)}`});
	const client = spawn(engine.docker, ['build', '--progress=plain', ...TEST, folder], {
		env: {...process.env, ...engine.env},
		stdio: 'ignore',
	});
	const ended = new Promise(resolve => client.once('exit', resolve));

	t.true(await until(() => isRunning(marker), 60_000));
	client.kill('SIGINT');
	await ended;

	t.true(await until(() => !isRunning(marker), 20_000));
});
