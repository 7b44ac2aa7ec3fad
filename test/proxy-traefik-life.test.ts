import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {readContract} from '../proto/contract.ts';
import {ensureImages} from './engine/images.ts';
import {ensureProduct} from './engine/product.ts';
import {anyPlan} from './helpers/any-plan.ts';
import {makeAuthority} from './helpers/certificates.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, confOf, contextOf, exitOf, HARDENED, linesOf, start} from './helpers/proxied.ts';

// Traefik as the proxy of an image: in any base, from the build's own check to the container's end.

const FRONTEND = process.env['SALLYPORT_TEST_FRONTEND'] ?? 'sallyport/frontend:1';
const PREFIX = 'sallyport-test/traefik';
const TARGETS = ['glibc', 'musl', 'empty'] as const;
const INIT = '/opt/sallyport/bin/sallyport-init';

const APPLICATION = `import {createServer} from 'node:http';
createServer((_, answer) => answer.end('from the application')).listen(3000);
process.on('SIGTERM', () => process.exit(0));
`;

let docker: Docker;
const started: string[] = [];
let building: Promise<unknown>;

async function run(image: string, args?: readonly string[]): Promise<Container> {
	const container = await start(docker, image, args);
	started.push(container.id);
	return container;
}

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim', 'debian:trixie-slim', 'alpine:3.22']);
	await ensureProduct(docker.engine, {only: ['sallyport/proxy-traefik:1']});
	const folder = await folderOf(contextOf(plan, 'traefik'));
	for (const target of TARGETS) {
		const {code, stderr} = await docker([
			'build',
			'-q',
			'--target',
			target,
			'-t',
			`${PREFIX}-${target}`,
			folder,
		]);
		if (code !== 0) {
			throw new Error(stderr);
		}
	}
});

test.after.always(async () => {
	await building?.catch(() => undefined);
	await docker(['rm', '-f', ...started]);
	await docker(['image', 'rm', '-f', ...[...TARGETS, 'built'].map(name => `${PREFIX}-${name}`)]);
});

for (const [target, args] of [
	['glibc', HARDENED],
	['musl', [...HARDENED, '--user', '54321:54321']],
	['empty', [...HARDENED, '--user', '65532:65532']],
	['empty', ['--read-only']],
] as const) {
	test(`${target} with ${args.join(' ')}: it answers, is healthy, and ends with the application's code`, async t => {
		const container = await run(`${PREFIX}-${target}`, args);
		const {status, headers} = await ask(container.https, '/');
		t.is(status, 200);
		t.is(headers['x-content-type-options'], 'nosniff');
		t.is((await docker(['exec', container.id, INIT, 'health'])).stdout, 'healthy\n');
		const {stderr} = await linesOf(docker, container);
		t.true(
			stderr.every(line => !['error', 'fatal'].includes(JSON.parse(line).level)),
			stderr.join('\n'),
		);
		await docker(['stop', container.id]);
		t.is(await exitOf(docker, container), target === 'glibc' ? 7 : await codeOf(target));
	});
}

/** What the application of a target ends with by itself. */
async function codeOf(target: string): Promise<number> {
	const own = await docker(['run', '-d', '--entrypoint', '/app', `${PREFIX}-${target}`]);
	started.push(own.stdout.trim());
	await docker(['stop', own.stdout.trim()]);
	return exitOf(docker, {id: own.stdout.trim()});
}

test('a request that runs when the container is stopped gets its answer', async t => {
	const container = await run(`${PREFIX}-glibc`);
	const slow = ask(container.https, '/slow');
	await ask(container.https, '/');
	await docker(['stop', container.id]);
	t.like(await slow, {status: 200, body: 'slow but whole'});
	t.is(await exitOf(docker, container), 7);
});

test('a certificate that is replaced is shown within seconds, and no request is lost', async t => {
	const authority = makeAuthority();
	const first = authority.issue('one.example');
	const second = authority.issue('two.example');
	const folder = await folderOf({'tls.crt': first.cert, 'tls.key': first.key});
	await docker([
		'run',
		'--rm',
		'-v',
		`${folder}:/tls`,
		'--entrypoint',
		'sh',
		'--user',
		'0',
		`${PREFIX}-musl`,
		'-c',
		'chmod 755 /tls',
	]);
	const container = await run(`${PREFIX}-glibc`, [...HARDENED, '-v', `${folder}:/etc/sallyport/tls:ro`]);
	let replaced = false;
	const failed: unknown[] = [];
	const load = (async () => {
		while (!replaced) {
			const {status} = await ask(container.https, '/').catch((error: unknown) => ({status: error}));
			if (status !== 200) {
				failed.push(status);
			}
		}
	})();
	for (const [name, text] of [
		['tls.key', second.key],
		['tls.crt', second.cert],
	] as const) {
		await writeFile(join(folder, 'next'), text);
		await rename(join(folder, 'next'), join(folder, name));
	}

	for (let tries = 0; tries < 60 && !replaced; tries += 1) {
		const shown = await docker([
			'exec',
			container.id,
			'node',
			'-e',
			"const s = require('tls').connect(8443, {rejectUnauthorized: false}, () => { console.log(s.getPeerCertificate().subjectaltname); s.end(); })",
		]);
		replaced = shown.stdout.includes('two.example');
	}

	const seen = replaced;
	replaced = true;
	await load;
	t.true(seen);
	t.deepEqual(failed, []);
});

test('check lets Traefik itself take the files, whatever the plan, and tells what it says against them', async t => {
	const plans = [plan, ...fc.sample(anyPlan, {numRuns: 2, seed: 20_261_122})];
	const folder = await folderOf({});
	for (const [index, each] of plans.entries()) {
		await mkdir(join(folder, String(index)));
		for (const [name, content] of Object.entries(confOf(each, 'traefik'))) {
			await writeFile(join(folder, String(index), name), content);
		}
	}

	const script = (index: number | string, spoil = 'true') =>
		`cp /plans/${index}/* /opt/sallyport/conf/ && ${spoil} && ${INIT} check --out /out && cat /out/opt/sallyport/conf/checked.json`;
	const checked = (words: string) =>
		docker([
			'run',
			'--rm',
			'--user',
			'0',
			'-v',
			`${folder}:/plans:ro`,
			'--entrypoint',
			'sh',
			`${PREFIX}-musl`,
			'-c',
			words,
		]);
	for (const index of plans.keys()) {
		const good = await checked(script(index));
		t.is(good.code, 0, `${index} ${good.stderr}`);
		t.like(JSON.parse(good.stdout), {result: 'valid', traefik: '3.7.15'});
	}

	for (const [spoil, said] of [
		['sed -i s/wrr/nonsense/ /opt/sallyport/conf/dynamic.yaml', /nonsense/],
		['sed -i s/maxHeaderBytes/nonsense/ /opt/sallyport/conf/traefik.yaml', /nonsense/],
	] as const) {
		const bad = await checked(script(0, spoil));
		t.is(bad.code, 1, spoil);
		t.regex(bad.stderr, said);
	}
});

test('a build puts it in front when it is asked to, and sees the image start', async t => {
	building = ensureProduct(docker.engine, {only: FRONTEND === 'sallyport/frontend:1' ? [FRONTEND] : []});
	await building;
	const folder = await folderOf({
		'app.mjs': APPLICATION,
		'.sallyport.yaml': 'proxy: traefik\nfacts: {port: 3000, health: /health}\n',
		Dockerfile: `# syntax=${FRONTEND}\nFROM node:24-bookworm-slim\nCOPY app.mjs /app.mjs\nUSER 10001\nENV STARTED=${Date.now()}\nHEALTHCHECK CMD ["${INIT}","health"]\nCMD ["node","/app.mjs"]\n`,
	});
	const ran = await docker([
		'build',
		'--progress=plain',
		'--target',
		'sallyport-test',
		'-t',
		`${PREFIX}-built`,
		folder,
	]);
	t.is(ran.code, 0, ran.stderr.slice(-1500));
	t.regex(ran.stderr, /traefik before port 3000/);
	const {stdout} = await docker([
		'run',
		'--rm',
		'--entrypoint',
		'cat',
		`${PREFIX}-built`,
		'/etc/sallyport/contract.json',
	]);
	t.like(readContract(Buffer.from(stdout)).proxy, {
		engine: 'traefik',
		image: 'sallyport/proxy-traefik:1',
		configPath: '/opt/sallyport/conf/dynamic.yaml',
	});
	const {id, https} = await (async () => {
		const made = await docker([
			'run',
			'-d',
			'--tmpfs',
			'/run/sallyport',
			'--health-interval',
			'1s',
			'-p',
			'127.0.0.1::8443',
			`${PREFIX}-built`,
		]);
		started.push(made.stdout.trim());
		const port = await docker(['port', made.stdout.trim(), '8443']);
		return {id: made.stdout.trim(), https: Number(/:(\d+)/.exec(port.stdout)?.[1])};
	})();
	let health = '';
	for (let tries = 0; tries < 100 && health !== 'healthy'; tries += 1) {
		health = (await docker(['inspect', '--format', '{{.State.Health.Status}}', id])).stdout.trim();
		await new Promise(resolve => setTimeout(resolve, 100));
	}

	t.is(health, 'healthy');
	t.is((await ask(https, '/')).body, 'from the application');
	const refused = await folderOf({
		'.sallyport.yaml': 'proxy: traefik\nfacts: {port: 3000}\nroutes:\n  - path: /kept\n    cache: {}\n',
		Dockerfile: `# syntax=${FRONTEND}\nFROM node:24-bookworm-slim\nCMD ["node"]\n`,
	});
	const no = await docker(['build', '--progress=plain', refused]);
	t.not(no.code, 0);
	t.regex(no.stderr, /A cache cannot be had from traefik/);
});
