import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import {ensureImages} from './engine/images.ts';
import {addressOf, askAt, healthyAt} from './helpers/address.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {exitOf, HARDENED, linesOf} from './helpers/proxied.ts';

// What goes wrong when a container of the build gate's starts or runs: it ends with a code that means something, or goes on, and
// says why. Certificates and upstreams: test/init-certificates.test.ts, test/init-upstreams.test.ts.

const IMAGE = 'sallyport-test/start';
const HOLD = [...HARDENED, '--tmpfs', '/run/sallyport'];
const DOCKERFILE =
	'# syntax=sallyport/frontend:1\nFROM node:24-bookworm-slim\nCOPY app.mjs /app.mjs\nEXPOSE 3000\nUSER 1000\nCMD ["node", "/app.mjs"]\n';
/** Its environment says how it fails. */
const APPLICATION = `
import {createServer} from 'node:http';
const {FAILS} = process.env;
if (FAILS === 'at once') process.exit(7);
if (FAILS === 'port') createServer().listen(8443, '0.0.0.0');
const kept = [];
const server = createServer((request, response) => {
	if (request.url === '/eat') setInterval(() => kept.push(Buffer.alloc(8_000_000, 1)), 1);
	response.end('fine');
});
if (FAILS !== 'silent') server.listen(3000, '127.0.0.1');
else setInterval(() => {}, 1000);
process.on('SIGTERM', () => process.exit(0));
`;

let docker: Docker;
const started: string[] = [];

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim']);
	const folder = await folderOf({Dockerfile: DOCKERFILE, 'app.mjs': APPLICATION});
	const {code, stderr} = await docker(['build', '-q', '-t', IMAGE, folder]);
	if (code !== 0) {
		throw new Error(stderr);
	}
});

test.after.always(async () => {
	await docker(['rm', '-f', ...started]);
	await docker(['image', 'rm', '-f', IMAGE]);
});

async function run(args: readonly string[] = []): Promise<string> {
	const {stdout, stderr} = await docker(['run', '-d', ...HOLD, ...args, IMAGE]);
	const id = stdout.trim();
	if (id === '') {
		throw new Error(stderr);
	}

	started.push(id);
	return id;
}

/** What is said on stderr, as it is: lines of JSON. */
async function said(id: string): Promise<readonly {readonly message: string; readonly level: string}[]> {
	return (await linesOf(docker, {id})).stderr.map(line => JSON.parse(line));
}

test('an application that ends at once is what ends the container, with its own code', async t => {
	const id = await run(['-e', 'FAILS=at once']);
	t.is(await exitOf(docker, {id}), 7);
	t.like((await said(id)).at(-1), {message: 'application ended', code: '7'});
});

test('an application that never listens is told of, answered for, and stopped like any other', async t => {
	const id = await run(['-e', 'FAILS=silent']);
	let lines = await said(id);
	for (
		let tries = 0;
		tries < 200 && !lines.some(({message}) => message.includes('does not listen yet'));
		tries += 1
	) {
		await wait(100);
		lines = await said(id);
	}

	t.like(
		lines.find(({message}) => message.includes('does not listen yet')),
		{level: 'warning', port: '3000'},
	);
	const host = await addressOf(docker, id);
	await wait(1000);
	t.is((await askAt(host, '/')).status, 503);
	t.is((await askAt(host, '/.sallyport/health')).status, 503);
	await docker(['stop', id]);
	t.is(await exitOf(docker, {id}), 0);
});

test("where the application takes the proxy's own port the container ends with 78, and one line says which port", async t => {
	const id = await run(['-e', 'FAILS=port']);
	t.is(await exitOf(docker, {id}), 78);
	const errors = (await said(id)).filter(({level}) => level === 'error');
	t.is(errors.length, 1, JSON.stringify(errors));
	t.like(errors[0], {port: '8443'});
	t.regex(String(errors[0]?.message), /port is taken.+let the application listen on another port/);
});

test('an application that is killed for want of memory ends the container with 137', async t => {
	const id = await run(['--memory', '160m', '--memory-swap', '160m']);
	const host = await healthyAt(docker, id);
	await askAt(host, '/eat').catch(() => undefined);
	t.is(await exitOf(docker, {id}), 137);
	t.like(
		(await said(id)).findLast(({message}) => message === 'application ended'),
		{code: '137'},
	);
});

test('a worker that is killed is replaced at once; a master that is killed takes the container with it', async t => {
	const id = await run();
	const host = await healthyAt(docker, id);
	const kill = (which: string) => docker(['exec', id, 'sh', '-c', which]);
	const master = '$(cat /run/sallyport/proxy/nginx.pid)';
	const killed = await kill(`for each in $(cat /proc/${master}/task/*/children); do kill -9 $each; done`);
	t.is(killed.code, 0, killed.stderr);
	await wait(500);
	t.is((await askAt(host, '/')).body, 'fine');
	await kill(`kill -9 ${master}`);
	t.is(await exitOf(docker, {id}), 1);
	t.true((await said(id)).some(({message}) => message.startsWith('proxy ended')));
});
