import {spawn} from 'node:child_process';
import {rm} from 'node:fs/promises';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';
import {isRunning, until} from './helpers/processes.ts';
import {openRegistry, type Registry} from './helpers/registry.ts';

// What cannot be built fails as it does without us: in the same words, and where it is the author's to mend, with their line.

const docker: Promise<Docker> = openDocker();
const registry: Promise<Registry> = openRegistry();
const FRONTEND = process.env['SALLYPORT_TEST_FRONTEND'] ?? 'sallyport/frontend:1';
const bases = docker.then(({engine}) => ensureImages(engine, ['debian:bookworm-slim']));
const made: string[] = [];

test.after.always(async () => {
	(await registry).close();
	const run = await docker;
	await run(['image', 'rm', '-f', ...made]);
});

interface Seen extends Ran {
	readonly error: string;
	readonly tag: string;
}

interface Given {
	readonly dockerfile: string;
	readonly files?: Readonly<Record<string, string>>;
	readonly args?: readonly string[];
	/** Called when the build has begun, with its context. */
	readonly meanwhile?: (folder: string) => Promise<void>;
}

/** Built by the Dockerfile frontend that its first line names, or plainly. */
async function build(
	{dockerfile, files = {}, args = [], meanwhile}: Given,
	syntax: string | undefined,
): Promise<Seen> {
	await bases;
	const run = await docker;
	const tag = `sallyport-test/bad-input-${made.length}`;
	made.push(tag);
	const folder = await folderOf({Dockerfile: dockerfile, ...files});
	const chosen = syntax === undefined ? [] : ['--build-arg', `BUILDKIT_SYNTAX=${syntax}`];
	const [ran] = await Promise.all([
		run(['build', '--progress=plain', '-t', tag, ...chosen, ...args, folder]),
		meanwhile?.(folder),
	]);
	const error = ran.stderr.split('\n').findLast(line => line.startsWith('ERROR: '));
	return {
		...ran,
		tag,
		error: neutral(error ?? 'built').replace(/^ERROR: failed to build: failed to solve: /, ''),
	};
}

/** Without what differs from build to build. */
function neutral(text: string): string {
	return text
		.replaceAll(/127\.0\.0\.1:\d+/g, 'REGISTRY')
		.replaceAll(/ref [0-9a-z-]+::[0-9a-z]+/g, 'ref X')
		.replaceAll(/\/tmp\/sallyport-test-\w+/g, 'CONTEXT');
}

/** Fails in these words, plainly and through us. */
async function failsAlike(t: ExecutionContext, given: Given, error: string): Promise<Seen> {
	const plain = await build(given, undefined);
	const ours = await build(given, FRONTEND);

	t.not(ours.code, 0, ours.stderr);
	t.is(plain.error, error);
	t.is(ours.error, error);
	return ours;
}

const FROM = async (name: string): Promise<string> => `FROM ${(await registry).address}/${name}/app:1\n`;

const bad: Readonly<Record<string, readonly [string, string]>> = {
	'a base that does not exist': [
		'none',
		'REGISTRY/none/app:1: failed to resolve source metadata for REGISTRY/none/app:1: REGISTRY/none/app:1: not found',
	],
	'a base that is private': [
		'private',
		'REGISTRY/private/app:1: failed to resolve source metadata for REGISTRY/private/app:1: unexpected status from HEAD request to http://REGISTRY/v2/private/app/manifests/1: 401 Unauthorized',
	],
	'a base that is for another platform alone': [
		'foreign',
		'REGISTRY/foreign/app:1: failed to resolve source metadata for REGISTRY/foreign/app:1: no match for platform in manifest: not found',
	],
};

for (const [what, [name, error]] of Object.entries(bad)) {
	test(`${what} is named, with the line`, async t => {
		const {stderr} = await failsAlike(t, {dockerfile: `${await FROM(name)}EXPOSE 80\n`}, error);

		t.regex(neutral(stderr), new RegExp(`1 \\| >>> FROM REGISTRY/${name}/app:1`));
	});
}

test('a base that is not for the platform that was asked for is named', async t => {
	await failsAlike(
		t,
		{dockerfile: await FROM('good'), args: ['--platform', 'linux/arm64']},
		'REGISTRY/good/app:1: failed to resolve source metadata for REGISTRY/good/app:1: no match for platform in manifest: not found',
	);
});

test('a stage that is not needed may have a base that is not there', async t => {
	const dockerfile = `${await FROM('none')}FROM debian:bookworm-slim\n`;

	const {code, stderr} = await build({dockerfile}, FRONTEND);

	t.is(code, 0, stderr);
});

test('a file that is not in the context is named, with the line', async t => {
	const {stderr} = await failsAlike(
		t,
		{dockerfile: 'FROM debian:bookworm-slim\nCOPY missing /x\n'},
		'failed to compute cache key: failed to calculate checksum of ref X: "/missing": not found',
	);

	t.regex(stderr, />>> COPY missing \/x/);
});

test('a user that nobody has made is named where a step needs it, with the line', async t => {
	const {stderr} = await failsAlike(
		t,
		{dockerfile: 'FROM debian:bookworm-slim\nUSER ghost\nRUN true\n'},
		'process "/bin/sh -c true" did not complete successfully: unable to find user ghost: no matching entries in passwd file',
	);

	t.regex(stderr, />>> RUN true/);
});

test('a final stage FROM scratch is built, with a listener and without', async t => {
	const {code, stderr} = await build(
		{dockerfile: 'FROM scratch\nCOPY app /app\n', files: {app: ''}},
		FRONTEND,
	);
	const listening = await build(
		{dockerfile: 'FROM scratch\nCOPY app /app\nEXPOSE 3000\nCMD ["/app"]\n', files: {app: ''}},
		FRONTEND,
	);

	t.is(code, 0, stderr);
	t.is(listening.code, 0, listening.stderr);
});

test('a step in an image of nothing fails as it does without us', async t => {
	const {stderr} = await failsAlike(
		t,
		{dockerfile: 'FROM scratch\nRUN true\n'},
		'process "/bin/sh -c true" did not complete successfully: exit code: 1',
	);

	t.regex(stderr, /shell-exists: This RUN needs \/bin\/sh, and scratch is empty/);
});

test('triggers of a base run, and what they lack is named', async t => {
	const run = await docker;
	const dockerfile = await FROM('trigger');
	const {code, stderr, tag} = await build({dockerfile, files: {app: 'x\n'}}, FRONTEND);
	const container = (await run(['create', tag, '/app'])).stdout.trim();
	const copied = await run(['cp', `${container}:/app`, '-']);
	await run(['rm', container]);

	t.is(code, 0, stderr);
	t.is(copied.code, 0, copied.stderr);
	await failsAlike(
		t,
		{dockerfile},
		'failed to compute cache key: failed to calculate checksum of ref X: "/app": not found',
	);
});

test('an image for Windows is judged, and handed to BuildKit as its author wrote it', async t => {
	const dockerfile = `# escape=\`\n${await FROM('windows')}ENV API_KEY=x\nCOPY Dockerfile C:\\x\nEXPOSE 3000\n`;

	const {stderr} = await failsAlike(
		t,
		{dockerfile, args: ['--platform', 'windows/amd64']},
		// The engine says so of every image for Windows; a builder that can make one makes the author's.
		'operating system is not supported',
	);

	t.regex(
		stderr,
		/An image for Windows is judged and built as its author wrote it: no proxy, no contract and no repairs go into it\./,
	);
	t.regex(stderr, /pinned-base: /);
	t.notRegex(stderr, /\[sallyport\] (?:proxy|record) layer/);
});

test('a registry that is slow is waited for once', async t => {
	const server = await registry;

	const {code, stderr} = await build({dockerfile: `${await FROM('slow')}COPY Dockerfile /\n`}, FRONTEND);

	t.is(code, 0, stderr);
	t.is(server.asked('slow/app'), 1);
});

test('a context that disappears in the middle is told as without us', async t => {
	const server = await registry;
	const given = (name: string, dockerfile: string): Given => ({
		dockerfile,
		files: {app: 'x\n'},
		meanwhile: async folder => {
			await until(() => server.asked(`slow/${name}`) > 0, 60_000);
			await rm(folder, {recursive: true});
		},
	});
	const slow = (name: string): string => `FROM ${server.address}/slow/${name}:1\nCOPY app /app\n`;

	const plain = await build(given('plain', slow('plain')), undefined);
	const ours = await build(given('ours', slow('ours')), FRONTEND);

	t.not(ours.code, 0);
	t.is(ours.error, plain.error);
});

/** A build that waits for no other, which those of `build` do. */
async function atOnce({dockerfile, files = {}}: Given): Promise<Seen> {
	const {engine} = await docker;
	const tag = `sallyport-test/bad-input-${made.length}`;
	made.push(tag);
	const folder = await folderOf({Dockerfile: dockerfile, ...files});
	const words = ['build', '-q', '-t', tag, '--build-arg', `BUILDKIT_SYNTAX=${FRONTEND}`, folder];
	const client = spawn(engine.docker, words, {
		env: {...process.env, ...engine.env},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	const said = text(client.stderr);
	const code = await new Promise<number>(resolve => client.once('exit', exit => resolve(exit ?? 1)));
	const stderr = await said;
	return {code, stdout: '', stderr, tag, error: stderr};
}

/** Starts a build, ends its client when `begun` holds, and sees whether everything of it is gone. */
async function ended(dockerfile: string, marker: string, begun: () => boolean): Promise<boolean> {
	await bases;
	const {engine} = await docker;
	const folder = await folderOf({Dockerfile: dockerfile});
	const words = [
		'build',
		'--build-arg',
		`BUILDKIT_SYNTAX=${FRONTEND}`,
		'--build-arg',
		`MARKER=${marker}`,
		folder,
	];
	const client = spawn(engine.docker, words, {env: {...process.env, ...engine.env}, stdio: 'ignore'});
	const exit = new Promise(resolve => client.once('exit', resolve));
	const hasBegun = await until(begun, 60_000);
	client.kill('SIGKILL');
	await exit;
	return hasBegun && (await until(() => !isRunning(marker), 30_000));
}

test('a registry that never answers holds a build up until it is ended, and nothing is left of it', async t => {
	const server = await registry;
	const marker = `hanging-${process.pid}-${Date.now()}`;

	t.true(await ended(await FROM('hang'), marker, () => server.asked('hang/app') > 0 && isRunning(marker)));
});

test('a build whose client is killed in the middle of a step leaves no process behind', async t => {
	const marker = `4${process.pid}${Date.now()}`;
	const step = `sleep\0${marker}`;

	t.true(await ended(`FROM debian:bookworm-slim\nRUN sleep ${marker}\n`, marker, () => isRunning(step)));
});

// The whole of it is two hundred in a row and eight at once; the nightly run asks for that.
const IN_A_ROW = Number(process.env['SALLYPORT_TEST_ROW'] ?? 10);
const AT_ONCE = 8;

test('builds in a row and at once all come out the same', async t => {
	t.timeout(30 * 60_000);
	const run = await docker;
	const dockerfile = 'FROM debian:bookworm-slim\nCOPY app /app\nUSER 1000\nEXPOSE 3000\nCMD ["/app"]\n';
	const given = {dockerfile, files: {app: 'x\n'}};
	const started = Date.now();
	const seen: Seen[] = [];
	for (let count = 0; count < IN_A_ROW; count += 1) {
		seen.push(await build(given, FRONTEND));
	}

	const row = Date.now() - started;
	seen.push(...(await Promise.all(Array.from({length: AT_ONCE}, () => atOnce(given)))));
	const failed = seen.filter(({code}) => code !== 0);
	const layers = await Promise.all(
		seen.map(async ({tag}) => (await run(['image', 'inspect', '-f', '{{.RootFS.Layers}}', tag])).stdout),
	);

	t.log(
		`${IN_A_ROW} in a row: ${Math.round(row / IN_A_ROW)} ms each; ${AT_ONCE} at once: ${Date.now() - started - row} ms`,
	);
	t.deepEqual(
		failed.map(({error}) => error),
		[],
	);
	t.is(new Set(layers).size, 1);
});
