import {spawn} from 'node:child_process';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {pack} from 'tar-stream';
import {labels} from '../proto/labels.ts';
import {run} from './engine/run.ts';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';

// The build gate on a real engine: what a person types, and what they get.

const docker: Promise<Docker> = openDocker();

const SYNTAX = '# syntax=sallyport/frontend:1\n';
const APPLICATION = `${SYNTAX}FROM debian:bookworm-slim\nCOPY hello /hello\nUSER 1000:1000\nEXPOSE 3000\nCMD ["cat", "/hello"]\n`;

/** An image with a tag that moves, under a name that nobody else uses. */
const MOVING = 'sallyport-test/base:latest';

interface Inspected {
	readonly Config: {
		readonly Entrypoint?: readonly string[];
		readonly Cmd?: readonly string[];
		readonly User?: string;
		readonly Labels?: Readonly<Record<string, string>>;
		readonly ExposedPorts?: Readonly<Record<string, unknown>>;
		readonly Healthcheck?: {readonly Test: readonly string[]};
	};
}

/** Builds and returns what was built; a failed build fails the test with what BuildKit said. */
async function built(
	t: ExecutionContext,
	args: readonly string[],
	input?: Uint8Array | string,
): Promise<Inspected> {
	const run = await docker;
	const name = imageOf(t);
	const {code, stderr} = await run(['build', '-t', name, ...args], input === undefined ? {} : {input});
	if (code !== 0) {
		throw new Error(stderr);
	}

	const {stdout} = await run(['image', 'inspect', name]);
	const [image] = JSON.parse(stdout) as readonly Inspected[];
	return image ?? t.fail('no image');
}

/** A name of its own for what a test builds. */
function imageOf({title}: ExecutionContext): string {
	const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
	return `sallyport-test/${name.slice(0, 60).replaceAll(/^-+|-+$/g, '')}`;
}

async function refused(args: readonly string[], input?: Uint8Array | string): Promise<Ran> {
	const run = await docker;
	const answer = await run(
		['build', '-t', 'sallyport-test/refused', ...args],
		input === undefined ? {} : {input},
	);
	if (answer.code === 0) {
		throw new Error(`This build should have been refused:\n${answer.stderr}`);
	}

	return answer;
}

test('an application is put behind the proxy, and keeps its own command', async t => {
	const folder = await folderOf({Dockerfile: APPLICATION, hello: 'hello\n'});

	const {Config} = await built(t, [folder]);

	t.deepEqual(Config.Entrypoint, ['/opt/sallyport/bin/sallyport-init', 'run', '--']);
	t.deepEqual(Config.Cmd, ['cat', '/hello']);
	t.is(Config.User, '1000:1000');
	t.deepEqual(Object.keys(Config.ExposedPorts ?? {}).toSorted(), ['8080/tcp', '8443/tcp']);
	t.regex(Config.Labels?.[labels.contract] ?? '', /^sha256:[0-9a-f]{64}$/);
	t.regex(Config.Labels?.[labels.policy] ?? '', /^baseline@sha256:[0-9a-f]{64}$/);
	t.deepEqual(Config.Healthcheck?.Test, ['CMD', '/opt/sallyport/bin/sallyport-init', 'health']);
});

test('an application on an image of ours has one supervisor, and the command of its base', async t => {
	const docker = await openDocker();
	const base = 'sallyport-test/supervised-base';
	t.teardown(() => docker(['image', 'rm', '-f', base]));
	const one = await folderOf({Dockerfile: APPLICATION, hello: 'hello\n'});
	const other = await folderOf({Dockerfile: `${SYNTAX}FROM ${base}\nUSER 1000:1000\nEXPOSE 3000\n`});
	await docker(['build', '-t', base, one]);

	const {Config} = await built(t, [other]);

	t.deepEqual(Config.Entrypoint, ['/opt/sallyport/bin/sallyport-init', 'run', '--']);
	t.deepEqual(Config.Cmd, ['cat', '/hello']);
});

test('an image with no listener gets a contract and no proxy', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM debian:bookworm-slim\nUSER 1000:1000\nCMD ["true"]\n`,
	});

	const {Config} = await built(t, [folder]);

	t.is(Config.Entrypoint ?? undefined, undefined);
	t.regex(Config.Labels?.[labels.contract] ?? '', /^sha256:/);
});

test('a Dockerfile elsewhere is found, and its own ignore file holds', async t => {
	const folder = await folderOf({
		'deploy/app.Dockerfile': `${SYNTAX}FROM debian:bookworm-slim\nCOPY . /src\nRUN test -f /src/kept && ! test -f /src/left\n`,
		'deploy/app.Dockerfile.dockerignore': 'left\n',
		'.dockerignore': 'kept\n',
		kept: '',
		left: '',
	});

	await t.notThrowsAsync(built(t, ['-f', `${folder}/deploy/app.Dockerfile`, folder]));
});

test('the ignore file of the context holds', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM debian:bookworm-slim\nCOPY . /src\nRUN ! test -f /src/left\n`,
		'.dockerignore': 'left\n',
		left: '',
	});

	await t.notThrowsAsync(built(t, [folder]));
});

test('a Dockerfile on standard input builds with a folder as its context', async t => {
	const folder = await folderOf({hello: 'hello\n'});

	const {Config} = await built(t, ['-f', '-', folder], APPLICATION);

	t.deepEqual(Config.Cmd, ['cat', '/hello']);
});

test('a lone Dockerfile on standard input builds without a context', async t => {
	const {Config} = await built(t, ['-'], `${SYNTAX}FROM debian:bookworm-slim\nEXPOSE 3000\nCMD ["true"]\n`);

	t.is(Config.Entrypoint?.[0], '/opt/sallyport/bin/sallyport-init');
});

test('a tar on standard input is the context, and its project file is read', async t => {
	const tar = await tarOf({
		Dockerfile: APPLICATION,
		hello: 'hello\n',
		'.sallyport.yaml': 'listeners: {https: 9443}\n',
	});

	const {Config} = await built(t, ['-'], tar);

	t.true('9443/tcp' in (Config.ExposedPorts ?? {}));
});

test('a tar behind an HTTP address is the context', async t => {
	const tar = await tarOf({Dockerfile: APPLICATION, hello: 'hello\n'});
	const server = createServer((_request, response) => response.end(tar)).listen(0, '127.0.0.1');
	t.teardown(() => server.close());
	await new Promise(resolve => server.once('listening', resolve));
	const {port} = server.address() as AddressInfo;

	const {Config} = await built(t, [`http://127.0.0.1:${port}/context.tar`]);

	t.is(Config.Entrypoint?.[0], '/opt/sallyport/bin/sallyport-init');
});

test('a git repository is the context', async t => {
	const folder = await folderOf({'app/Dockerfile': APPLICATION, 'app/hello': 'hello\n'});
	const git = (...args: string[]) =>
		run('git', ['-C', `${folder}/app`, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
	await git('init', '-q', '-b', 'main');
	await git('add', '.');
	await git('commit', '-q', '-m', 'first');
	const port = 20_000 + (process.pid % 20_000);
	const daemon = spawn(
		'git',
		[
			'daemon',
			'--export-all',
			'--reuseaddr',
			'--listen=127.0.0.1',
			`--port=${port}`,
			`--base-path=${folder}`,
		],
		{
			stdio: 'ignore',
		},
	);
	t.teardown(() => daemon.kill());
	await new Promise(resolve => setTimeout(resolve, 500));

	const {Config} = await built(t, [`git://127.0.0.1:${port}/app#main`]);

	t.is(Config.Entrypoint?.[0], '/opt/sallyport/bin/sallyport-init');
});

test('named contexts reach the delegate', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM base\nCOPY --from=files /x /x\nRUN test -f /x\n`,
	});
	const files = await folderOf({x: ''});

	await t.notThrowsAsync(
		built(t, [
			'--build-context',
			`files=${files}`,
			'--build-context',
			'base=docker-image://debian:bookworm-slim',
			folder,
		]),
	);
});

test('build arguments, labels and targets reach the delegate', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}ARG VARIANT=none\nFROM debian:\${VARIANT} AS wanted\nARG COLOUR\nLABEL colour=$COLOUR\nFROM scratch AS other\n`,
	});

	const {Config} = await built(t, [
		...[
			'--target',
			'wanted',
			'--build-arg',
			'VARIANT=bookworm-slim',
			'--build-arg',
			'COLOUR=red',
			'--label',
			'more=yes',
		],
		folder,
	]);

	t.is(Config.Labels?.['colour'], 'red');
	t.is(Config.Labels?.['more'], 'yes');
});

test('a context that takes the name of our layer does not get into the image in its place', async t => {
	const folder = await folderOf({Dockerfile: APPLICATION, hello: 'hello\n'});
	const evil = await folderOf({'opt/sallyport/bin/sallyport-init': 'evil'});

	const {Config} = await built(t, ['--build-context', `sallyport-proxy=${evil}`, folder]);
	const run = await docker;
	const {stdout} = await run([
		'run',
		'--rm',
		'--entrypoint',
		'/opt/sallyport/bin/sallyport-init',
		imageOf(t),
		'version',
	]);

	t.truthy(Config.Entrypoint);
	t.regex(stdout, /\d+\.\d+\.\d+/);
});

test('a stage that takes the name of our layer is refused', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM scratch AS sallyport-proxy\nFROM scratch\nEXPOSE 80\n`,
	});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /"sallyport-proxy" is a name of ours/);
});

test('questions about the Dockerfile are answered by the delegate', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM scratch AS first\nFROM scratch AS second\nARG COLOUR=red\n`,
	});
	const run = await docker;

	const targets = await run(['build', '--call=targets', folder]);
	const outline = await run(['build', '--call=outline', folder]);

	t.regex(targets.stdout, /first[\s\S]*second/);
	t.regex(outline.stdout, /COLOUR/);
});

test('--check shows the findings of both', async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM ${MOVING} as base\nENV A b\n`});
	const run = await docker;
	await run(['tag', 'debian:bookworm-slim', MOVING]);

	const {stdout, code} = await run(['build', '--check', folder]);

	t.regex(stdout, /LegacyKeyValueFormat/);
	t.regex(stdout, /no-latest-tag - https:\/\/sallyport\.dev\/rules\/no-latest-tag/);
	t.is(code, 1);
});

test('what BuildKit and we both find is told once', async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\nARG DB_PASSWORD\nENV A=$DB_PASSWORD\n`});
	const run = await docker;

	const {stdout} = await run(['build', '--call=check,format=json', folder]);

	const {warnings} = JSON.parse(stdout) as {readonly warnings: readonly {readonly ruleName: string}[]};
	const names = warnings.map(({ruleName}) => ruleName);
	t.true(names.includes('no-secret-names'), stdout);
	t.false(names.includes('SecretsUsedInArgOrEnv'));
});

test('each step can be shown instead of building', async t => {
	const folder = await folderOf({Dockerfile: APPLICATION, hello: ''});
	const wanted = {
		findings: /base-digest-pinned/,
		plan: /"https": 8443/,
		dockerfile: /COPY --link --from=sallyport-proxy/,
		contract: /"minVersion": "TLSv1.2"/,
	};

	for (const [step, pattern] of Object.entries(wanted)) {
		const {stderr} = await refused(['--build-arg', `SALLYPORT_SHOW=${step}`, folder]);
		t.regex(stderr, pattern, step);
		t.regex(stderr, /nothing was built/);
	}
});

test('a secret of a known format stops the build, shows its line and never its value', async t => {
	const token = `ghp_${'0123456789abcdefghijklmnopqrstuvwxyz'}`;
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\nENV GITHUB_TOKEN=${token}\n`});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /no-literal-credentials/);
	t.regex(stderr, /Dockerfile:3/);
	// BuildKit prints the user's own lines from the file; the message itself holds no value.
	t.false(stderr.split('\n').some(line => line.includes('no-literal-credentials') && line.includes(token)));
});

test('a key file that would end in a layer stops the build', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM scratch\nCOPY id_rsa /root/.ssh/id_rsa\n`,
		id_rsa: 'x',
	});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /no-secret-files/);
});

test('findings that do not stop a build are shown when it is done, with their lines', async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM ${MOVING}\nCMD ["true"]\n`});
	const run = await docker;
	await run(['tag', 'debian:bookworm-slim', MOVING]);

	const {code, stderr} = await run(['build', '--progress=plain', '-t', 'sallyport-test/warned', folder]);

	t.is(code, 0, stderr);
	t.regex(stderr, /no-latest-tag: .*\(line 2\)/);
});

test('a choice that was made for the author is told when the build is done', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM scratch\nCOPY x /x\nUSER 1\nEXPOSE 8080\nCMD ["/x"]\n`,
		x: '',
	});
	const run = await docker;

	const {code, stderr} = await run(['build', '--progress=plain', '-t', 'sallyport-test/noted', folder]);

	t.is(code, 0, stderr);
	t.regex(stderr, /sallyport: .*9080/);
});

// Bad input: one clear error each.

test('a Dockerfile that does not parse shows its own line', async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\nCOPPY a b\n`});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /Dockerfile:3/);
	t.regex(stderr, />>> COPPY a b/);
});

test("an error that only BuildKit finds shows the user's own line", async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\nCOPY --wrong=1 a b\n`});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /Dockerfile:3/);
	t.regex(stderr, /unknown flag: --?wrong/);
});

test('a Dockerfile of 30 kB with an error that only BuildKit finds still gets its error', async t => {
	const padding = `# ${'padding '.repeat(12)}\n`.repeat(300);
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\n${padding}COPY --wrong=1 a b\n`});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /unknown flag: --?wrong/);
});

test('a Dockerfile of 2 MB is refused by its size', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM scratch\n${`# ${'x'.repeat(98)}\n`.repeat(21_000)}`,
	});

	const {stderr} = await refused([folder]);

	t.regex(stderr, /2\d{6} bytes, and more than 1048576 are not read/);
});

test('a missing Dockerfile is named', async t => {
	const folder = await folderOf({x: ''});

	const {stderr} = await refused([
		'--build-arg',
		'BUILDKIT_SYNTAX=sallyport/frontend:1',
		'-f',
		`${folder}/nowhere/Dockerfile`,
		folder,
	]);

	t.regex(stderr, /no such file|There is no/i);
});

test('an unknown stage is refused with the stages there are', async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch AS first\nFROM scratch AS second\n`});

	const {stderr} = await refused(['--target', 'third', folder]);

	t.regex(stderr, /"third"/);
	t.regex(stderr, /first, second/);
});

const badProjects: Readonly<Record<string, readonly [text: string, error: RegExp]>> = {
	malformed: ['facts: [unclosed\n', /\.sallyport\.yaml:\d+:\d+/],
	oversized: [`# ${'x'.repeat(70_000)}\n`, /\.sallyport\.yaml is 70003 bytes long/],
	'with an unknown key': ['fact: {port: 1}\n', /\.sallyport\.yaml:1:1[\s\S]*"fact"/],
	'that weakens policy': [
		'rules:\n  proxy-config-valid: {enforcement: info}\n',
		/\.sallyport\.yaml:2[\s\S]*never laxer/,
	],
	'that names no approved policy': ['policy: mine\n', /"mine" is not a policy/],
};
for (const [name, [text, error]] of Object.entries(badProjects)) {
	test(`a project file ${name} is refused with its place`, async t => {
		const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\n`, '.sallyport.yaml': text});

		const {stderr} = await refused([folder]);

		t.regex(stderr, error);
	});
}

test('an option of ours that means nothing is refused', async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\n`});

	const {stderr} = await refused(['--build-arg', 'SALLYPORT_SHOW=everything', folder]);

	t.regex(stderr, /SALLYPORT_SHOW="everything" means nothing here; it is one of findings, plan/);
});

function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
	const archive = pack();
	for (const [name, content] of Object.entries(files)) {
		archive.entry({name}, content);
	}

	archive.finalize();
	return buffer(archive);
}
