import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createServer} from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import {connectEngine} from '../daemon/docker/engine.ts';
import {engineHosts} from '../daemon/docker/hosts.ts';
import type {Coverage, RuntimeVerification} from '../proto/statement.ts';
import {ensureImages} from './engine/images.ts';
import {makeAuthority} from './helpers/certificates.ts';
import {at, startDaemon} from './helpers/daemon-process.ts';
import {openDocker} from './helpers/docker.ts';
import {engineProxy} from './helpers/engine-proxy.ts';
import {eventually} from './helpers/eventually.ts';
import {listening} from './helpers/subject.ts';
import {buildTarget, start, startTarget} from './helpers/target.ts';

// The daemon itself, behind as little of an engine as it can live with.

const IMAGE = 'node:24-bookworm-slim';

function folderOf(t: ExecutionContext): string {
	const path = mkdtempSync(join(tmpdir(), 'sallyport-narrow-'));
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	return path;
}

async function json<T>(url: string): Promise<T> {
	const answer = await fetch(url);
	if (!answer.ok) {
		throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
	}

	return (await answer.json()) as T; // Our own API's.
}

/** Oldest first. */
async function statements<P>(url: string, filter: Readonly<Record<string, string>>): Promise<readonly P[]> {
	const query = new URLSearchParams({...filter, order: 'oldest', page_size: '100'});
	const {entries} = await json<{entries: readonly {id: string}[]}>(`${url}/v1/entries?${query}`);
	return Promise.all(
		entries.map(
			async ({id}) =>
				(await json<{statement: {predicate: P}}>(`${url}/v1/entries/${id}`)).statement.predicate,
		),
	);
}

const resultOf = ({checks}: RuntimeVerification, control: string): string | undefined =>
	checks.find(each => each.control === control)?.result;

test.serial(
	'behind a proxy that lets only the documented questions pass, the daemon watches as ever',
	async t => {
		t.timeout(150_000);
		const docker = await openDocker();
		await ensureImages(docker.engine, [IMAGE]);
		const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
		await using proxy = await engineProxy(docker.engine.host);
		const daemon = startDaemon(t, proxy.host, at(join(folderOf(t), 'state')));
		const url = `http://${String((await daemon.event('DAEMON_STARTED'))['address'])}`;
		await daemon.event('ENGINE_CONNECTED');
		const seen = (container: string) =>
			statements<RuntimeVerification>(url, {container, predicate_type: 'runtime-verification'});

		const kept = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', kept]));
		const serves = 'require("http").createServer((q, r) => r.end("hello")).listen(3000)';
		const plain = await start(
			t,
			docker,
			'--label',
			'dev.sallyport.hosts=shop.example',
			IMAGE,
			'node',
			'-e',
			serves,
		);
		const note = join(folderOf(t), 'id');
		const brief = await docker(['run', '--rm', '--cidfile', note, IMAGE, 'true']);
		t.is(brief.code, 0);
		// The first word about a container is of its configuration; what takes connections follows.
		const said = (container: string, control: string) =>
			eventually(
				async () =>
					(await seen(container)).find(
						each => (resultOf(each, control) ?? 'not-evaluated') !== 'not-evaluated',
					),
				80_000,
			);
		const promised = await said(kept, 'hdr-nosniff');
		const bare = await said(plain, 'hdr-nosniff');
		const passed = await eventually(async () => (await seen(readFileSync(note, 'utf8')))[0], 80_000);

		t.is(resultOf(promised, 'run-no-privileged'), 'pass');
		t.is(resultOf(promised, 'hdr-nosniff'), 'pass');
		t.is(resultOf(bare, 'run-no-privileged'), 'pass');
		t.is(resultOf(bare, 'hdr-nosniff'), 'fail', 'what it serves was found, and its headers judged');
		t.is(passed.target.image, IMAGE);
		t.is(passed.verdict, 'incomplete', 'it lived too briefly to be looked at, and has a statement');
		t.deepEqual([...proxy.refused], [], 'nothing is asked that is not documented');
		t.true(proxy.passed.has('GET /containers/ID/archive'));
	},
);

test.serial(
	'without the optional questions nothing fails and nothing is an error: it is not evaluated, and says why',
	async t => {
		t.timeout(150_000);
		const docker = await openDocker();
		const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
		await using proxy = await engineProxy(docker.engine.host);
		const optional = ['archive', 'logs', 'changes'].map(word => `/containers/ID/${word}`);
		proxy.forbid(...optional, '/exec/ID/json', '/images/NAME/json', '/info', '/networks/bridge');
		const daemon = startDaemon(t, proxy.host, at(join(folderOf(t), 'state')));
		const url = `http://${String((await daemon.event('DAEMON_STARTED'))['address'])}`;
		await daemon.event('ENGINE_CONNECTED');

		const kept = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', kept]));
		const statement = await eventually(
			async () =>
				(
					await statements<RuntimeVerification>(url, {
						container: kept,
						predicate_type: 'runtime-verification',
					})
				)[0],
			80_000,
		);

		t.is(resultOf(statement, 'run-no-privileged'), 'pass');
		t.deepEqual(
			// A busy machine may take too long for one; that is not what this is about.
			statement.checks
				.filter(({result, message = ''}) => result === 'error' && !message.includes('too long'))
				.map(({control, message}) => `${control}: ${message}`),
			[],
		);
		const unseen = statement.checks.find(({control}) => control === 'chg-digest-attested');
		t.is(unseen?.result, 'not-evaluated');
		t.regex(unseen?.message ?? '', /does not let this question pass/);
		t.true(proxy.refused.has('GET /containers/ID/archive'));
		t.true([...proxy.refused].every(question => question.startsWith('GET ')));
	},
);

test.serial('an engine behind TLS is reached by the files of a context, and by no others', async t => {
	const docker = await openDocker();
	const authority = makeAuthority();
	const server = authority.issue('localhost');
	const client = authority.issue('daemon');
	const far = createServer(
		{...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true},
		near => {
			const [, host, port] = /^tcp:\/\/([^:]+):(\d+)$/.exec(docker.engine.host) ?? [];
			const engine: Socket =
				host === undefined ? connect(docker.engine.host.replace('unix://', '')) : connect(Number(port), host);
			near.on('error', () => undefined);
			near.on('close', () => engine.destroy());
			engine.on('error', () => near.destroy());
			near.pipe(engine).pipe(near);
		},
	);
	far.on('tlsClientError', () => undefined);
	await using open = await listening(far);
	const key = createHash('sha256').update('far').digest('hex');
	const folder = folderOf(t);
	const files = {
		[`contexts/meta/${key}/meta.json`]: JSON.stringify({
			Name: 'far',
			Endpoints: {docker: {Host: `tcp://localhost:${open.port}`, SkipTLSVerify: false}},
		}),
		[`contexts/tls/${key}/docker/ca.pem`]: authority.cert,
		[`contexts/tls/${key}/docker/cert.pem`]: client.cert,
		[`contexts/tls/${key}/docker/key.pem`]: client.key,
	};
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(join(folder, path, '..'), {recursive: true});
		writeFileSync(join(folder, path), content);
	}

	const [host] = engineHosts('context:far', {DOCKER_CONFIG: folder});
	const signal = AbortSignal.timeout(20_000);
	const {version} = await connectEngine(host ?? '').check(signal);
	const strangers = {
		'without a certificate': {name: 'x', address: `tcp://localhost:${open.port}`, tls: {verify: true}},
		'without TLS': {name: 'x', address: `tcp://localhost:${open.port}`},
	};

	t.regex(version, /^\d+\./);
	for (const [title, stranger] of Object.entries(strangers)) {
		const error = await t.throwsAsync(connectEngine(stranger).check(signal), undefined, title);
		t.regex(error?.message ?? '', /No Docker Engine answers at tcp:\/\/localhost/);
	}
});

test.serial(
	'one engine of two that is lost leaves a gap of its own, and the other is watched on',
	async t => {
		t.timeout(150_000);
		const docker = await openDocker();
		await ensureImages(docker.engine, [IMAGE]);
		await using left = await engineProxy(docker.engine.host);
		await using right = await engineProxy(docker.engine.host);
		const daemon = startDaemon(t, `${left.host},${right.host}`, at(join(folderOf(t), 'state')));
		const url = `http://${String((await daemon.event('DAEMON_STARTED'))['address'])}`;
		await daemon.event('ENGINE_CONNECTED', 2);

		await left.cut();
		await daemon.event('ENGINE_LOST');
		const id = await start(t, docker, IMAGE, 'sleep', '60');
		const [statement] = await eventually(async () => {
			const all = await statements<RuntimeVerification>(url, {
				container: id,
				predicate_type: 'runtime-verification',
			});
			return all.length > 0 ? all : undefined;
		}, 80_000);
		daemon.process.kill('SIGTERM');
		const lines = await daemon.exit.then(daemon.lines);

		t.is(statement?.target.containerId, id);
		t.is(await daemon.exit, 0);
		t.false(lines.some(({event, engine}) => event === 'ENGINE_LOST' && engine !== left.host));
		t.pass();
	},
);

test.serial(
	'every stretch in which an engine was not heard is in the coverage statement, by its name',
	async t => {
		t.timeout(150_000);
		const docker = await openDocker();
		await using proxy = await engineProxy(docker.engine.host);
		const folder = folderOf(t);
		const daemon = startDaemon(t, proxy.host, at(join(folder, 'state')));
		await daemon.event('ENGINE_CONNECTED');
		await proxy.cut();
		await daemon.event('ENGINE_LOST');
		await proxy.mend();
		await daemon.event('ENGINE_CONNECTED', 2);
		daemon.process.kill('SIGTERM');
		t.is(await daemon.exit, 0);

		const after = startDaemon(t, proxy.host, at(join(folder, 'state')));
		const url = `http://${String((await after.event('DAEMON_STARTED'))['address'])}`;
		const coverage = await statements<Coverage>(url, {predicate_type: 'coverage'});

		const gaps = coverage
			.flatMap(({gaps: each}) => each)
			.filter(({reason}) => reason.includes('was not heard'));
		t.is(gaps.length, 1);
		t.true(gaps[0]?.reason.startsWith(`the engine was not heard: ${proxy.host}: `));
		t.true((gaps[0]?.from ?? '') < (gaps[0]?.to ?? ''));
	},
);
