import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {
	existsSync,
	globSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {createServer, type RequestListener} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as wait} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {askEngine, FLOOR} from './engine/answer.ts';
import {addedCertificates} from './engine/certificates.ts';
import {mirrorOf} from './engine/debian.ts';
import {type EngineHandle, ensureEngine, refusal} from './engine/engine.ts';
import {EngineError} from './engine/error.ts';
import {ensureImages} from './engine/images.ts';
import {cacheFolder, layoutOf} from './engine/layout.ts';
import {leasesIn, takeLease} from './engine/leases.ts';
import {withLock} from './engine/lock.ts';
import {freeNet} from './engine/network.ts';
import {hindrance, stopOwn} from './engine/own.ts';
import {processesOf} from './engine/processes.ts';
import {run} from './engine/run.ts';

// What only Debian as root can show; elsewhere the machine's own engine is used and there is nothing of ours.
const testOwn = existsSync('/etc/debian_version') && process.geteuid?.() === 0 ? test.serial : test.skip;

test('Debian is taken from where the machine takes it, in either format of apt', t => {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-apt-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	mkdirSync(join(folder, 'sources.list.d'));

	t.throws(() => mirrorOf(folder), {instanceOf: EngineError, message: /No Debian mirror is configured/});
	writeFileSync(
		join(folder, 'sources.list'),
		'# deb http://old.test/debian x main\ndeb [arch=amd64] https://one.test/debian/ x main\n',
	);
	t.deepEqual(mirrorOf(folder), {archive: 'https://one.test/debian', security: undefined});
	writeFileSync(join(folder, 'sources.list'), '');
	const both =
		'Types: deb\nURIs: http://two.test/debian\n\nTypes: deb\nURIs: http://two.test/debian-security\n';
	writeFileSync(join(folder, 'sources.list.d', 'debian.sources'), both);
	t.deepEqual(mirrorOf(folder), {
		archive: 'http://two.test/debian',
		security: 'http://two.test/debian-security',
	});
});

test('an engine that answers at the default socket is used, and is never stopped by us', async t => {
	const host = await answering(t, version('28.0.1'));

	const engine = await ensureEngine({env: without('DOCKER_HOST'), defaultHost: host});

	t.like(engine, {host, version: '28.0.1', own: false, started: false});
	t.is(engine.env['DOCKER_HOST'], host);
	await engine.stop();
	t.like(await askEngine(host), {major: 28});
});

test('DOCKER_HOST comes before the default socket', async t => {
	const host = await answering(t, version('24.0.0'));
	const other = await answering(t, version('28.0.1'));

	const engine = await ensureEngine({env: {...process.env, DOCKER_HOST: host}, defaultHost: other});

	t.is(engine.host, host);
});

test('an engine below the floor is never used: ours takes its place, or the refusal names its version', async t => {
	const host = await answering(t, version('20.10.24+dfsg1'));
	const told: string[] = [];
	const asked = ensureEngine({
		env: without('DOCKER_HOST'),
		defaultHost: host,
		progress: line => told.push(line),
	});

	if ((await hindrance()) === undefined) {
		const engine = await asked;
		t.true(engine.own);
		await engine.stop();
		t.true(
			told.some(line => line.includes('20.10.24+dfsg1') && line.includes(String(FLOOR))),
			told.join('\n'),
		);
	} else {
		const error = await t.throwsAsync(asked, {instanceOf: EngineError});
		t.is(error.code, 'ENGINE_TOO_OLD');
		t.true(error.message.includes('20.10.24+dfsg1'));
	}
});

test('a refusal is one sentence of what is wrong and one of what to install', t => {
	const none = refusal('unix:///var/run/docker.sock', undefined, 'this is not a Debian system');
	const old = refusal('unix:///x', {version: '20.10.24', major: 20}, 'that needs root');

	t.is(none.code, 'ENGINE_UNAVAILABLE');
	t.regex(none.message, /\/var\/run\/docker\.sock.*not a Debian system\. Install Docker Engine 24/);
	t.is(old.code, 'ENGINE_TOO_OLD');
	t.regex(old.message, /20\.10\.24 .*older than 24.*needs root\. Install Docker Engine 24/);
});

const noEngines: Readonly<Record<string, RequestListener>> = {
	'says no JSON': (_request, response) => response.end('<h1>hello</h1>'),
	'says JSON of another kind': (_request, response) => response.end('["Version"]'),
	'has a version that is none': (_request, response) => response.end('{"Version":{"a":1}}'),
	'never stops talking': (_request, response) => void response.write('x'.repeat(100_000)),
	'hangs up': request => request.destroy(),
};
for (const [what, listener] of Object.entries(noEngines)) {
	test(`what ${what} is no engine`, async t => {
		const begun = performance.now();

		t.is(await askEngine(await answering(t, listener)), undefined);
		t.true(performance.now() - begun < 4500, 'seen for what it is, and not waited out');
	});
}

test('a socket that does not exist is no engine', async t => {
	t.is(await askEngine('unix:///nowhere/docker.sock'), undefined);
});

test('the engine is at least at the floor, answers its client and runs a container', async t => {
	const engine = await engineWith('alpine:3.22');

	const major = Number.parseInt(await docker(engine, 'version', '--format', '{{.Server.Version}}'), 10);
	const said = await docker(engine, 'run', '--rm', 'alpine:3.22', 'echo', 'from inside');

	t.true(major >= FLOOR);
	t.is(said, 'from inside');
	t.regex(await docker(engine, 'buildx', 'version'), /buildx/);
});

test('an engine that is up is found again in less than two seconds', async t => {
	await ensureEngine();
	const begun = performance.now();

	const engine = await ensureEngine();

	t.false(engine.started);
	t.true(performance.now() - begun < 2000);
});

test('a container on the default network reaches names outside', async t => {
	const engine = await engineWith('debian:bookworm-slim');

	const recipe = 'FROM debian:bookworm-slim\nRUN apt-get update -q && apt-cache show tini >/dev/null\n';
	await t.notThrowsAsync(
		run(engine.docker, ['build', '-q', '--no-cache', '-'], {
			env: engine.env,
			input: recipe,
			timeoutMs: 120_000,
		}),
	);
});

test('the bridge has an address of its own, so that whoever comes or goes takes no connection of others with it', async t => {
	const engine = await engineWith('alpine:3.22');
	const {bridge, host} = layoutOf(cacheFolder(process.env), 'forky', 'graph-driver');
	if (engine.host !== host) {
		t.pass('an engine that was there before us has its own network');
		return;
	}

	// NET_ADDR_SET: somebody has set it. Else it would be the lowest of the containers' own.
	t.is(readFileSync(`/sys/class/net/${bridge}/addr_assign_type`, 'utf8').trim(), '3');
});

test('a folder of the machine can be shown to a container', async t => {
	const engine = await engineWith('alpine:3.22');
	const folder = temporary(t);
	writeFileSync(join(folder, 'note'), 'seen');

	t.is(
		await docker(engine, 'run', '--rm', '-v', `${folder}:/shown:ro`, 'alpine:3.22', 'cat', '/shown/note'),
		'seen',
	);
});

test('the Node stand-in has Node 24, npm and the user of the real one', async t => {
	const engine = await engineWith('node:24-bookworm-slim');
	const inside = (...args: string[]) => docker(engine, 'run', '--rm', 'node:24-bookworm-slim', ...args);

	t.regex(await inside('node', '--version'), /^v24\./);
	t.regex(await inside('--version'), /^v24\./);
	t.regex(await inside('npm', '--version'), /^11\./);
	t.is(await inside('id', '-u', 'node'), '1000');
	t.is(await inside('-p', '"$".length + process.argv0'), '1node');
});

test('the Debian stand-ins keep no packages that apt has loaded, and install recommended ones, as the official images', async t => {
	const names = ['debian:bookworm-slim', 'debian:trixie-slim'];
	const engine = await engineWith(...names);
	for (const name of names) {
		const told = await docker(engine, 'run', '--rm', name, 'apt-config', 'dump');

		t.regex(told, /^DPkg::Post-Invoke:: "rm -f \/var\/cache\/apt\/archives\/\*\.deb/m);
		t.regex(told, /^Dir::Cache::pkgcache "";$/m);
		t.regex(told, /^Acquire::GzipIndexes "true";$/m);
		t.notRegex(told, /^APT::Install-Recommends "(?:0|false)";$/m);
	}
});

test('the Alpine stand-in has musl and busybox, and no glibc', async t => {
	const engine = await engineWith('alpine:3.22');
	const listing = await docker(
		engine,
		'run',
		'--rm',
		'alpine:3.22',
		'sh',
		'-c',
		'. /etc/os-release; echo $ID; ls /lib',
	);

	t.regex(listing, /^alpine\n/);
	t.regex(listing, /ld-musl-/);
	t.notRegex(listing, /ld-linux|libc\.so\.6/);
});

test('a static program runs in the distroless stand-ins, as root and as nonroot, and there is no shell', async t => {
	const names = ['gcr.io/distroless/static-debian12', 'gcr.io/distroless/static-debian12:nonroot'];
	const engine = await engineWith('alpine:3.22', ...names);
	const users: string[] = [];
	for (const name of names) {
		const input = `FROM alpine:3.22 AS programs\nFROM ${name}\nCOPY --from=programs /bin/busybox /busybox\n`;
		const image = (await run(engine.docker, ['build', '-q', '-'], {env: engine.env, input})).trim();
		users.push(await docker(engine, 'run', '--rm', image, '/busybox', 'id', '-u'));
		await t.throwsAsync(docker(engine, 'run', '--rm', name, '/bin/sh', '-c', 'true'), {
			message: /no such file/,
		});
	}

	t.deepEqual(users, ['0', '65532']);
});

test('an image that nobody can get is refused by name, with those that can be made', async t => {
	const engine = await ensureEngine();

	const error = await t.throwsAsync(ensureImages(engine, ['registry.invalid/nothing:1']), {
		instanceOf: EngineError,
	});

	t.is(error.code, 'IMAGE_UNAVAILABLE');
	t.regex(error.message, /registry\.invalid\/nothing:1 .*from registry\.invalid.*node:24-bookworm-slim/);
});

testOwn(
	'an engine whose dockerd was killed starts again, and when stopped leaves nothing behind',
	async t => {
		// A folder of its own, with the private root of the usual one: what happens here must not disturb the others.
		const {engine: usual, env, layout} = await secondEngine(t);
		const tar = join(temporary(t), 'alpine.tar');
		await docker(usual, 'save', '-o', tar, 'alpine:3.22');
		const first = await ensureEngine({suite: 'forky', env});
		t.teardown(() => stopOwn(layout, {onlyIfUnused: false}));
		await docker(first, 'load', '-i', tar);
		await docker(first, 'run', '-d', 'alpine:3.22', 'sleep', '1000');
		const before = processesOf(layout);

		const {pid} = JSON.parse(readFileSync(layout.state, 'utf8')) as {pid: number};
		process.kill(pid, 'SIGKILL');
		await wait(200);
		const second = await ensureEngine({suite: 'forky', env});

		t.true(second.started);
		t.true(before.length >= 4, 'dockerd, containerd, a shim and the sleeper were all seen as ours');
		t.deepEqual(
			processesOf(layout).filter(pid => before.includes(pid)),
			[],
			'nothing of the first is left',
		);
		t.is(await docker(second, 'run', '--rm', 'alpine:3.22', 'echo', 'again'), 'again');

		await first.stop();
		t.not(await askEngine(second.host), undefined, 'the second still uses it');
		await second.stop();
		t.is(await askEngine(second.host), undefined);
		t.deepEqual(processesOf(layout), []);
		t.false(existsSync(`/sys/class/net/${layout.bridge}`));
		t.deepEqual(globSync([`/sys/fs/cgroup/${layout.bridge}`, `/sys/fs/cgroup/*/${layout.bridge}`]), []);
	},
);

testOwn('an engine that is slow to answer is waited for, and not taken for dead', async t => {
	const {env, layout} = await secondEngine(t);
	t.teardown(() => stopOwn(layout, {onlyIfUnused: false}));
	await ensureEngine({suite: 'forky', env});
	const {pid} = JSON.parse(readFileSync(layout.state, 'utf8')) as {pid: number};

	process.kill(pid, 'SIGSTOP');
	setTimeout(() => process.kill(pid, 'SIGCONT'), 6000);
	const engine = await ensureEngine({suite: 'forky', env});

	t.false(engine.started);
	t.is((JSON.parse(readFileSync(layout.state, 'utf8')) as {pid: number}).pid, pid);
});

testOwn('two callers at once get one engine, started once', async t => {
	const {env, layout} = await secondEngine(t);
	t.teardown(() => stopOwn(layout, {onlyIfUnused: false}));

	const engines = await Promise.all([1, 2].map(() => ensureEngine({suite: 'forky', env})));

	t.deepEqual(engines.map(({started}) => started).sort(), [false, true]);
	await Promise.all(engines.map(engine => engine.stop()));
	t.deepEqual(processesOf(layout), []);
});

test('a cache too deep for a socket is refused with what to do', t => {
	const error = t.throws(() => layoutOf(`/${'deep/'.repeat(30)}`, 'forky', 'graph-driver'), {
		instanceOf: EngineError,
	});

	t.regex(error.message, /set SALLYPORT_CACHE/);
});

test('whoever comes second to a lock waits, and is told so once', async t => {
	const path = join(temporary(t), 'lock');
	const seen: string[] = [];
	const first = withLock(path, async () => {
		await wait(300);
		seen.push('first');
	});

	const signal = AbortSignal.timeout(10_000);
	await withLock(path, async () => seen.push('second'), {signal, onWait: () => seen.push('waits')});
	await first;

	t.deepEqual(seen, ['waits', 'first', 'second']);
});

test('a lock whose holder was killed is free', async t => {
	const path = join(temporary(t), 'lock');
	const lock = join(import.meta.dirname, 'engine', 'lock.ts');
	const script = `import {withLock} from '${lock}'; await withLock('${path}', () => new Promise(() => {
		console.log('held'); setInterval(() => {}, 1000); }));`;
	const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	t.teardown(() => holder.kill('SIGKILL'));
	await once(createInterface({input: holder.stdout}), 'line');

	await t.throwsAsync(
		withLock(path, async () => {}, {signal: AbortSignal.timeout(300)}),
		{name: 'AbortError'},
	);
	holder.kill('SIGKILL');

	await t.notThrowsAsync(withLock(path, async () => {}, {signal: AbortSignal.timeout(10_000)}));
});

testOwn('a lease counts only while the very process that took it lives', t => {
	const folder = temporary(t);
	const lease = takeLease(folder);
	writeFileSync(join(folder, '1.of-an-earlier-process'), 'another boot');
	writeFileSync(join(folder, '999999999.dead'), readFileSync(lease));

	t.deepEqual(leasesIn(folder), [process.pid]);
	t.false(existsSync(join(folder, '1.of-an-earlier-process')));
	rmSync(lease);
	t.deepEqual(leasesIn(folder), []);
});

const nets: readonly [what: string, text: string, before: string, net: string | undefined][] = [
	['nothing in the way', 'default via 192.0.2.1 dev eth0', '', '172.31.240'],
	['an address in the first net', '3: x inet 172.31.241.7/32 scope global x', '', '172.31.224'],
	['the last net again, when it is free', '172.31.241.0/24 dev x', '172.31.16', '172.31.16'],
	['another than the last net, when that is taken', '172.31.17.0/24 dev x', '172.31.16', '172.31.240'],
	[
		'a VPN that routes everything in two halves',
		'0.0.0.0/1 dev tun0\n128.0.0.0/1 dev tun0',
		'',
		'172.31.240',
	],
	['a machine in the middle of all our nets', '172.16.0.0/12 dev eth0', '', undefined],
];
for (const [what, text, before, net] of nets) {
	test(`net: ${what}`, t => {
		t.is(freeNet(text, before), net);
	});
}

test('a free net touches no address that is in use', t => {
	const address = fc.tuple(fc.integer({min: 0, max: 255}), fc.integer({min: 0, max: 255}));
	fc.assert(
		fc.property(fc.array(address, {maxLength: 40}), used => {
			const net = freeNet(
				used.map(([third, last]) => `inet 172.31.${third}.${last}/32 scope global`).join('\n'),
			);
			const first = Number(net?.split('.')[2]);
			return net === undefined
				? new Set(used.map(([third]) => third >> 4)).size === 16
				: used.every(([third]) => third < first || third >= first + 16);
		}),
	);
	t.pass();
});

test('authorities that NODE_EXTRA_CA_CERTS adds to a machine are found, each once', t => {
	const file = join(temporary(t), 'added.pem');
	const one = '-----BEGIN CERTIFICATE-----\nMIIBnot+really/one=\n-----END CERTIFICATE-----';
	writeFileSync(file, `# a comment\n${one}\n${one}\n`);

	t.is(addedCertificates({NODE_EXTRA_CA_CERTS: file}).filter(text => text === one).length, 1);
	t.false(addedCertificates({}).includes(one));
});

function version(Version: string): RequestListener {
	return (request, response) => {
		response.statusCode = request.url === '/version' ? 200 : 404;
		response.end(JSON.stringify({Version, ApiVersion: '1.45'}));
	};
}

/** Something at a Unix socket, where a Docker Engine is expected. */
async function answering(t: ExecutionContext, listener: RequestListener): Promise<string> {
	const socket = join(temporary(t), 'docker.sock');
	const server = createServer(listener);
	server.listen(socket);
	await once(server, 'listening');
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `unix://${socket}`;
}

async function engineWith(...images: readonly string[]): Promise<EngineHandle> {
	const engine = await ensureEngine();
	await ensureImages(engine, images);
	return engine;
}

async function docker(engine: EngineHandle, ...args: readonly string[]): Promise<string> {
	return (await run(engine.docker, args, {env: engine.env, timeoutMs: 120_000})).trim();
}

/** Settings of an engine beside the usual one, which has its private root and its client but nothing else of it. */
async function secondEngine(t: ExecutionContext) {
	const engine = await ensureEngine({suite: 'forky'});
	t.teardown(() => engine.stop());
	await ensureImages(engine, ['alpine:3.22']);
	const usual = cacheFolder(process.env);
	const folder = temporary(t);
	const env = {...process.env, SALLYPORT_CACHE: folder};
	mkdirSync(cacheFolder(env), {recursive: true});
	symlinkSync(join(usual, 'roots'), join(cacheFolder(env), 'roots'));
	return {engine, env, layout: layoutOf(cacheFolder(env), 'forky', 'graph-driver')};
}

function without(name: string): NodeJS.ProcessEnv {
	const {[name]: _, ...rest} = process.env;
	return rest;
}

function temporary(t: ExecutionContext): string {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	return folder;
}
