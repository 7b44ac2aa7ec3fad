import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {labels} from '../proto/labels.ts';
import {ensureImages} from './engine/images.ts';
import {addressOf, askAt, type Said} from './helpers/address.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {PARTS} from './helpers/image-rows.ts';
import {exitOf, HARDENED, linesOf} from './helpers/proxied.ts';

// The proxy in an image of its own: `--target sallyport-proxy`, beside an application that knows nothing of it.

const SYNTAX = '# syntax=sallyport/frontend:1\n';
const APPLICATION = `${SYNTAX}FROM alpine:3.22\nCOPY --from=${PARTS} /musl /app\nENV ANY_ADDRESS=1\nEXPOSE 3000\nUSER 65532\nCMD ["/app"]\n`;
const NAMES = {
	application: 'sallyport-test/sidecar-application',
	named: 'sallyport-test/sidecar-named',
	pod: 'sallyport-test/sidecar-pod',
} as const;
const NETWORK = 'sallyport-test-sidecar';
const HOLD = [...HARDENED, '--tmpfs', '/run/sallyport'];

let docker: Docker;
const started: string[] = [];

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['debian:trixie-slim', 'alpine:3.22']);
	const fixture = (name: string): string =>
		readFileSync(new URL(`fixtures/images/${name}`, import.meta.url), 'utf8');
	const parts = await folderOf(
		Object.fromEntries(['Dockerfile', 'app.c', 'init.c'].map(name => [name, fixture(name)])),
	);
	const folder = await folderOf({Dockerfile: APPLICATION});
	await fine(['build', '-q', '-t', PARTS, parts]);
	await fine(['build', '-q', '-t', NAMES.application, '--build-arg', 'SALLYPORT_PROXY=none', folder]);
	const target = ['build', '-q', '--target', 'sallyport-proxy'];
	await fine([...target, '-t', NAMES.named, '--build-arg', 'SALLYPORT_UPSTREAM=app', folder]);
	await fine([...target, '-t', NAMES.pod, '--build-arg', 'SALLYPORT_POLICY=hardened', folder]);
	await docker(['network', 'create', NETWORK]);
});

test.after.always(async () => {
	await docker(['rm', '-f', ...started]);
	await docker(['network', 'rm', NETWORK]);
	await docker(['image', 'rm', '-f', ...Object.values(NAMES)]);
});

async function fine(args: readonly string[]): Promise<string> {
	const {code, stdout, stderr} = await docker(args);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return stdout.trim();
}

async function run(args: readonly string[]): Promise<string> {
	const id = await fine(['run', '-d', ...args]);
	started.push(id);
	return id;
}

/** Asks until it is answered so, for some ten seconds. */
async function until(t: ExecutionContext, status: number, host: string, path: string): Promise<Said> {
	for (let tries = 0; tries < 150; tries += 1) {
		const answer = await askAt(host, path).catch(() => undefined);
		if (answer?.status === status) {
			return answer;
		}

		await wait(100);
	}

	return t.fail(`never answered ${status}`);
}

const HEALTH = '/.sallyport/health';

test('beside its application it answers for it, waits for it, and finds it again under another address', async t => {
	const proxy = await run(['--network', NETWORK, ...HOLD, NAMES.named]);
	const host = await addressOf(docker, proxy);
	// Compose starts things in any order.
	await until(t, 503, host, '/');
	t.is((await askAt(host, HEALTH)).status, 503);

	const first = await run(['--network', NETWORK, '--network-alias', 'app', NAMES.application]);
	await until(t, 200, host, HEALTH);
	const answer = await until(t, 200, host, '/');
	t.is(answer.body, 'small\n');
	t.is(answer.headers['x-content-type-options'], 'nosniff');
	t.is((await askAt(host, '/', 8080, true)).status, 308);

	await docker(['rm', '-f', first]);
	const alone = await until(t, 503, host, HEALTH);
	t.is(alone.headers['x-content-type-options'], 'nosniff');
	await until(t, 503, host, '/');
	await run(['--network', NETWORK, NAMES.application]);
	const second = await run(['--network', NETWORK, '--network-alias', 'app', NAMES.application]);
	await until(t, 200, host, '/');

	const slow = askAt(host, '/slow').then(({body}) => body, String);
	for (let tries = 0; tries < 100 && (await linesOf(docker, {id: second})).stdout.length === 0; tries += 1) {
		await wait(50);
	}

	await docker(['stop', '--time', '30', proxy]);
	t.is(await slow, 'slow but whole');
	t.is(await exitOf(docker, {id: proxy}), 0);
	const told = (await linesOf(docker, {id: proxy})).stderr.map(line => JSON.parse(line));
	const unknown = told.filter(({host: name}) => name === 'app').length;
	t.true(unknown >= 1 && unknown <= 2, 'a name that is not known is told once, each time that it is lost');
});

test('in one network with it, as in a pod, it reaches the application without a name', async t => {
	const application = await run([NAMES.application]);
	const proxy = await run(['--network', `container:${application}`, ...HOLD, NAMES.pod]);
	const host = await addressOf(docker, application);
	t.is((await until(t, 200, host, '/')).body, 'small\n');
	t.is((await askAt(host, HEALTH)).status, 200);
	await docker(['stop', '--time', '30', proxy]);
	t.is(await exitOf(docker, {id: proxy}), 0);
});

test('the image holds the proxy and nothing of the application, and runs as nobody', async t => {
	const [{Config, RootFS}] = JSON.parse(await fine(['image', 'inspect', NAMES.named]));
	t.is(Config.User, '65532:65532');
	t.deepEqual(Config.Entrypoint, ['/opt/sallyport/bin/sallyport-init', 'run', '--']);
	t.is(Config.Cmd ?? undefined, undefined);
	t.deepEqual(Object.keys(Config.ExposedPorts).toSorted(), ['8080/tcp', '8443/tcp']);
	t.deepEqual(Config.Healthcheck.Test, ['CMD', '/opt/sallyport/bin/sallyport-init', 'health']);
	t.regex(Config.Labels[labels.contract], /^sha256:/);
	t.is(RootFS.Layers.length, 2, 'the proxy, and the record');
});

test('its own image has no finding', async t => {
	const folder = await folderOf({Dockerfile: APPLICATION});
	for (const policy of ['baseline', 'hardened']) {
		const args = ['--build-arg', `SALLYPORT_POLICY=${policy}`, '--build-arg', 'SALLYPORT_SHOW=findings'];
		const {stderr} = await docker(['build', '--target', 'sallyport-proxy', ...args, folder]);
		t.regex(stderr, /nothing was built/);
		t.notRegex(stderr, /✖|▲/, stderr);
	}
});

const REFUSED: readonly (readonly [
	what: string,
	files: Readonly<Record<string, string>>,
	args: readonly string[],
	said: RegExp,
])[] = [
	[
		'no port',
		{Dockerfile: `${SYNTAX}FROM alpine:3.22\nCMD ["true"]\n`},
		[],
		/builds the proxy alone, and there is none .* EXPOSE/,
	],
	[
		'a policy without proxies',
		{Dockerfile: APPLICATION},
		['SALLYPORT_POLICY=off'],
		/under the policy off there is none/,
	],
	['no proxy wanted', {Dockerfile: APPLICATION}, ['SALLYPORT_PROXY=none'], /none is wanted/],
	['no host', {Dockerfile: APPLICATION}, ['SALLYPORT_UPSTREAM=a b'], /SALLYPORT_UPSTREAM="a b" is no host/],
	[
		'a port that is none',
		{Dockerfile: APPLICATION},
		['SALLYPORT_UPSTREAM=app:70000'],
		/is no host with or without a port/,
	],
	[
		'files of the application',
		{
			Dockerfile: APPLICATION,
			'.sallyport.yaml': 'routes:\n  - path: /static\n    to: {files: /srv}\n',
		},
		[],
		/the route \/static is answered from \/srv, and the files of the application's image are not in it/,
	],
	[
		'a plan that cannot be',
		{Dockerfile: APPLICATION, '.sallyport.yaml': 'listeners: {https: 3000}\n'},
		[],
		/Dockerfile:\d+: .*3000|\.sallyport\.yaml:\d+: .*3000/,
	],
];

test('what cannot be a proxy of its own is refused in one sentence', async t => {
	for (const [what, files, args, said] of REFUSED) {
		const folder = await folderOf(files);
		const given = args.flatMap(each => ['--build-arg', each]);
		const {code, stderr} = await docker(['build', '--target', 'sallyport-proxy', ...given, folder]);
		t.not(code, 0, what);
		t.regex(stderr, said, what);
		t.notRegex(stderr, /\bat .*\.c?js|please report this/, what);
	}
});

test("a stage of the author's may not take its name", async t => {
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM alpine:3.22 AS sallyport-proxy\nCMD ["true"]\n`});
	const {code, stderr} = await docker(['build', '--target', 'sallyport-proxy', folder]);
	t.not(code, 0);
	t.regex(stderr, /"sallyport-proxy" is a name of ours/);
});
